#ifndef POLICY_ENTRY_FIELDS_H
#define POLICY_ENTRY_FIELDS_H

#include "base/yaml.h"
#include "policy/model.h"

/*
 * What our attestor entries and Kyverno's have in common.  Readers for tables
 * of fields (base/yaml.h): obj is a struct entry_draft.
 */
struct entry_draft {
	struct policy_entry *entry;
	enum policy_dialect dialect; /* decides what a text and an expression
					mean, and what is remarked upon */
	bool exact; /* a text is no wildcard, whatever the dialect */
};

int entry_read_keyless(const struct yaml_node *node, void *obj, struct diag *d);
/* The older form: issuer, subject, roots and additionalExtensions are fields of
 * the mapping, among others that are not looked at. */
int entry_read_old_keyless(const struct yaml_node *item,
    struct entry_draft *draft, struct diag *d);
int entry_read_certificates(const struct yaml_node *node, void *obj,
    struct diag *d);
int entry_read_annotations(const struct yaml_node *node, void *obj,
    struct diag *d);
int entry_read_repository(const struct yaml_node *node, void *obj,
    struct diag *d);
int entry_read_rekor(const struct yaml_node *node, void *obj, struct diag *d);
int entry_read_ctlog(const struct yaml_node *node, void *obj, struct diag *d);

/* Text that must hold a PEM block of this kind ("PUBLIC KEY").  It is never
 * quoted: it may be a private key by mistake. */
int entry_read_pem(const struct yaml_node *node, const char *name,
    const char *block, char **ret, struct diag *d);

/* "registry/repository"; a tag or digest would be silently without effect. */
int entry_repository(const struct yaml_node *node, char **ret, struct diag *d);

/* One demand on an issuer or a subject, with a warning where the imported
 * product is laxer than ours. */
int entry_add_text(struct policy_texts *list, const struct yaml_node *node,
    const char *name, enum policy_how how, struct diag *d);

/* URIs of key management systems that cosign knows. */
bool entry_is_kms(const char *uri);

/* Complete: warn of an entry that nothing can satisfy in this version. */
void entry_remark(const struct policy_entry *entry, struct diag *d);

#endif

#ifndef POLICY_KYVERNO_PRIVATE_H
#define POLICY_KYVERNO_PRIVATE_H

#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/* The parts of Kyverno's loader among themselves. */

/* What a document says of all its rules.  Nodes are borrowed. */
struct kyverno_doc {
	struct policy_set *set;
	bool cluster; /* ClusterPolicy */
	const char *name;
	const char *namespace_; /* of a Policy */
	const struct yaml_node *rules, *action, *overrides;
	bool first_rule_only; /* applyRules: One */
	bool audit_only;      /* admission: false */
	bool system_noted;    /* that it covers kube-system too */
	enum policy_failure failure;
	long long timeout_ms;
};

/* One rule: what stands in it, unread. */
struct kyverno_rule {
	struct kyverno_doc *doc;
	const char *name;
	struct diag_pos pos;
	const struct yaml_node *match, *exclude, *context, *preconditions;
	const struct yaml_node *cel_preconditions, *validate, *verify_images;
};

/* Whether a rule is about pods, as far as the kinds it names say. */
enum kyverno_about { KYVERNO_ABOUT_PODS, KYVERNO_ABOUT_OTHERS };

/* match and exclude of a rule.  *about tells whether any pod is meant. */
int kyverno_match_read(const struct kyverno_rule *rule, struct policy_pods *ret,
    enum kyverno_about *about, struct diag *d) MUST_CHECK;

/* Do the preconditions hold when a pod is made?  -1 with a complaint if they
 * are about something a pull does not know. */
int kyverno_preconditions_read(const struct yaml_node *node, bool *holds,
    struct diag *d) MUST_CHECK;

/* Does a validate rule say which images there may be, by itself or by what its
 * context reads? */
bool kyverno_validate_is_about_images(const struct kyverno_rule *rule);

/* Its patterns, into p->reference, and the author's message. */
int kyverno_validate_read(const struct yaml_node *validate, struct policy *p,
    struct diag *d) MUST_CHECK;

/* One item of verifyImages. */
int kyverno_verify_read(const struct yaml_node *node, struct policy *p,
    struct diag *d) MUST_CHECK;

/* A list `attestors` of Kyverno.  exact: identities are no wildcards (type
 * SigstoreBundle). */
struct kyverno_signers {
	const struct str_map
	    *annotations;       /* where an entry has none of its own */
	const char *repository; /* the same; may be NULL */
	bool exact;
};
int kyverno_attestors_read(const struct yaml_node *node,
    const struct kyverno_signers *defaults, struct policy_attestors *ret,
    struct diag *d) MUST_CHECK;

/* The older form: key, or issuer and subject, on the item itself; *ret is an
 * attestor of one entry for each key.  item is the mapping they stand in. */
int kyverno_old_attestor_read(const struct yaml_node *item,
    const struct kyverno_signers *defaults, struct policy_attestors *ret,
    struct diag *d) MUST_CHECK;

/* "Enforce" or "Audit", in any case. */
int kyverno_action_read(const struct yaml_node *node, enum policy_action *ret,
    struct diag *d);

/* A list of {action, namespaces}. */
int kyverno_overrides_read(const struct yaml_node *node, struct policy *p,
    struct diag *d);

/* Readers for fields without effect on a pull (field_nothing_read), and for
 * those that a pull cannot decide. */
#define DEFINE_UNDECIDABLE(reader, field, why)                                 \
	static int reader(const struct yaml_node *node, void *obj,             \
	    struct diag *d)                                                    \
	{                                                                      \
		(void)obj;                                                     \
		return diag_add(d, node->pos, "%s: %s", field, why);           \
	}                                                                      \
	struct reader##_needs_semicolon

#endif

#ifndef POLICY_ATTESTOR_H
#define POLICY_ATTESTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/diag.h"
#include "base/regexp.h"
#include "base/str.h"

/* Who has to have signed: part of the model (policy/model.h). */

/* What a text must be. */
enum policy_how {
	POLICY_EXACTLY,
	POLICY_WILDCARD,    /* '*' any run, '?' one character */
	POLICY_REGEXP,      /* matches the whole text */
	POLICY_REGEXP_PART, /* matches a part of it, as the imported products do */
};

struct policy_text {
	enum policy_how how;
	char *text;
	struct regexp *re; /* of the last two */
};

struct policy_texts {
	struct policy_text *items;
	size_t n;
	size_t cap;
};

/* Adds one.  An expression that does not compile gives -1. */
int policy_texts_add(struct policy_texts *list, enum policy_how how,
    const char *text, struct err *e) MUST_CHECK;
bool policy_text_holds(const struct policy_text *want, const char *text);
void policy_texts_clear(struct policy_texts *list);

/* Where public keys come from: one of the four.  Policy does no crypto: who
 * binds the set reads the keys and notes their fingerprints (trust/key.h). */
struct policy_keys {
	struct diag_pos pos;
	char *pem;                    /* inline text */
	char *file;                   /* path */
	char *kms;                    /* URI, "hashivault://cosign" */
	struct str_list fingerprints; /* empty until bound; empty holds never */
};

/* Who a certificate was given to (Fulcio). */
struct policy_identity {
	struct policy_texts issuers;  /* all must hold; none: any issuer */
	struct policy_texts subjects; /* one must hold; none: any subject */
};

struct policy_keyless {
	struct policy_identity *items; /* one of them; none: any */
	size_t n;
	char *roots;               /* PEM; both NULL: the trusted root's */
	char *roots_file;          /* path */
	struct str_map extensions; /* name or OID, and what it must be */
	bool wild_extensions;      /* those are wildcards */
};

struct policy_certificates {
	char *cert;  /* PEM, or NULL */
	char *chain; /* PEM, or NULL */
};

/* What besides the signature has to be shown.  PEM texts and addresses are NULL
 * where the trusted root's are meant. */
struct policy_log {
	bool ignore_tlog; /* no transparency log needs to know of it */
	bool ignore_sct;
	bool timestamp; /* an RFC 3161 timestamp is needed */
	char *rekor_url, *rekor_keys, *ctlog_keys, *tsa_chain;
	struct str_list rekor_files; /* paths of more keys */
};

/* How the name that was signed must agree with the name that is pulled:
 * containers-policy.json(5), signedIdentity. */
enum policy_identity_rule {
	POLICY_ANY_NAME,
	POLICY_MATCH_EXACT,
	POLICY_MATCH_REPO_DIGEST_OR_EXACT,
	POLICY_MATCH_REPOSITORY,
	POLICY_EXACT_REFERENCE,
	POLICY_EXACT_REPOSITORY,
	POLICY_REMAP
};

struct policy_signed_identity {
	enum policy_identity_rule rule;
	char *name;          /* of the two EXACT; prefix of REMAP */
	char *signed_prefix; /* of REMAP */
};

enum policy_entry_kind {
	POLICY_ENTRY_NONE,
	POLICY_ENTRY_KEYS,
	POLICY_ENTRY_KEYLESS,
	POLICY_ENTRY_CERTIFICATES,
	POLICY_ENTRY_NESTED,
	POLICY_ENTRY_PASS, /* holds, whoever signed or not */
	POLICY_ENTRY_FAIL  /* never holds */
};

struct policy_attestor;

/* One attestor entry.  Several keys in one entry: any of them will do. */
struct policy_entry {
	enum policy_entry_kind kind;
	struct diag_pos pos;
	char *name; /* as people know it, in messages; or NULL */
	struct policy_keys keys;
	struct policy_keyless keyless;
	struct policy_certificates certificates;
	struct policy_attestor *nested; /* owned */
	struct policy_log log;
	char *trusted_root; /* path of a trusted_root.json; NULL: the node's */
	struct str_map annotations; /* all of them must be signed, equal */
	struct policy_signed_identity identity;
	struct str_list predicates; /* instead of a signature, an attestation of
				       each of these types */
	char *repository; /* where signatures live; NULL: beside the image */
	struct str_list demands; /* what the verifier is asked, by ids; empty
				    until bound; empty holds never */
};

/* `count` of its entries must hold. */
struct policy_attestor {
	struct diag_pos pos;
	char *name; /* its own, or of the attestor that is meant; or NULL */
	struct policy_attestor *meant; /* once resolved; else NULL */
	unsigned
	    height;   /* named attestors one below the other, once resolved */
	size_t count; /* 1 … nentries; the loader fills in "all" */
	struct policy_entry *entries;
	size_t nentries;
};

/* Named attestors that mean each other, one below the other. */
#define POLICY_NAMES_DEEP_MAX 16

/* Attestors, owned, in a row. */
struct policy_attestors {
	struct policy_attestor *items;
	size_t n;
};

/* The entries that stand below an attestor, nested ones too, each once. */
#define POLICY_LEAVES_MAX 1000

struct policy_leaves {
	struct policy_entry **items;
	size_t n;
	size_t cap;
};

/* a itself, or the attestor it means. */
const struct policy_attestor *policy_attestor_real(
    const struct policy_attestor *a);

/* Add the entries below it that are not nested attestors.  -1 with a complaint
 * if there are more than POLICY_LEAVES_MAX. */
int policy_leaves_add(struct policy_leaves *leaves,
    const struct policy_attestor *a, struct diag *d) MUST_CHECK;

/* The same for one entry of an attestor. */
int policy_leaves_add_entry(struct policy_leaves *leaves,
    struct policy_entry *entry, struct diag *d) MUST_CHECK;
void policy_leaves_clear(struct policy_leaves *leaves);
DEFINE_AUTO_INPLACE(leaves, struct policy_leaves, policy_leaves_clear);

/* Does it look anywhere, or is it decided without a signature? */
bool policy_entry_has_place(const struct policy_entry *entry);

/* Why no signature can satisfy this entry in this version; NULL if one can. */
const char *policy_entry_unsupported(const struct policy_entry *entry);

/* Do two entries certainly name the same signer? */
bool policy_entries_overlap(const struct policy_entry *a,
    const struct policy_entry *b);

void policy_attestor_clear(struct policy_attestor *a);
void policy_attestors_clear(struct policy_attestors *list);

#endif

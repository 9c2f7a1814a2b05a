#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "policy/attestor.h"
#include "policy/condition.h"
#include "policy/digests.h"
#include "policy/names.h"
#include "policy/pods.h"

/*
 * What a policy says, however it was written.  Every loader fills this model;
 * matching and evaluating know nothing of documents.  Immutable once bound
 * (gate/ring.h), so threads share it.
 */

/* Zero is nobody's answer: memory that was never written allows nothing. */
enum verdict { VERDICT_NONE, VERDICT_DENY, VERDICT_ALLOW };

enum policy_action { POLICY_ENFORCE, POLICY_WARN, POLICY_AUDIT };
enum policy_failure { POLICY_FAIL, POLICY_IGNORE };

/* Another action for pods of some namespaces. */
struct policy_override {
	enum policy_action action;
	struct str_list namespaces; /* wildcards */
};

/* Rules about the reference itself. */
struct policy_reference {
	struct str_list allow;     /* wildcards; empty: any */
	struct str_list deny_tags; /* wildcards */
	struct str_list patterns;  /* Kyverno's (policy/operators.h), on the
				      reference as it was written; all hold */
	char *message; /* what its author says of who breaks a pattern */
	bool require_digest;
};

/* An attestation that an image must have. */
struct policy_attestation {
	struct diag_pos pos;
	char *name;                        /* or NULL */
	char *type;                        /* predicateType */
	struct policy_attestors attestors; /* every one must hold */
	struct policy_conditions conditions;
};

struct policy {
	char *name;
	struct diag_pos pos;
	enum policy_dialect dialect; /* how names are spelled and matched */
	struct str_list images;      /* wildcards, at least one */
	struct str_list exclude_images;
	struct policy_pods pods;
	enum policy_action action;
	struct policy_override *overrides; /* the first that matches */
	size_t noverrides;
	enum policy_failure failure;
	int64_t timeout_ms;
	struct policy_reference reference;
	struct policy_digests digests;
	struct policy_attestors attestors;       /* every one must hold */
	struct policy_attestation *attestations; /* and every one of these */
	size_t nattestations;
	struct policy_leaves leaves; /* of all these, once finished */
};

#define POLICY_TIMEOUT_DEFAULT_MS 10000
#define POLICY_TIMEOUT_MIN_MS     100
#define POLICY_TIMEOUT_MAX_MS     300000

struct policy_exemption;
struct policy_index;

struct policy_set {
	struct policy **items; /* sorted by name */
	size_t n;
	size_t cap;
	struct policy_attestor **named; /* attestors that have a name */
	size_t nnamed;
	size_t named_cap;
	struct policy_exemption **exemptions; /* sorted by name */
	size_t nexemptions;
	size_t exemptions_cap;
	struct policy_index *index; /* policy/index.h; once it is sorted */
	struct str_list files;      /* the names that positions point to */
};

/* A new policy that says nothing yet: enforced, Fail, the usual timeout. */
struct policy *policy_new(enum policy_dialect dialect)
    __attribute__((returns_nonnull));
void policy_free(struct policy *p);
DEFINE_AUTO(policy, struct policy *, policy_free);

/* What happens to a pod of this namespace (NULL: no pod) that does not hold. */
enum policy_action policy_action_for(const struct policy *p,
    const char *namespace_);

void policy_clear_overrides(struct policy *p);

/* "enforce", "warn", "audit" */
const char *policy_action_name(enum policy_action action);

/* Does it look at signatures or attestations, or only at the reference? */
bool policy_asks_for_signers(const struct policy *p);

/* Does it list digests, to allow or to deny them? */
bool policy_asks_for_digest(const struct policy *p);

/* Does it have rules about the reference? */
bool policy_asks_for_reference(const struct policy *p);

/* Does it deny some digests and ask for nothing else?  It takes images away and
 * admits none: what it covers is not covered for `unmatched`. */
bool policy_only_denies(const struct policy *p);

/* The order of what has a name: less than, equal to or greater than 0. */
int policy_order(const char *x, struct diag_pos at, const char *y,
    struct diag_pos other);

/* The name of a file, as positions in it may point to. */
const char *policy_set_file(struct policy_set *set, const char *name);

/* Add p, an attestor that others mean by its name, or an exemption; the set
 * takes it over.  Positions point to a name the set owns. */
void policy_set_own(struct policy_set *set, struct policy *p);
void policy_set_own_attestor(struct policy_set *set, struct policy_attestor *a);
void policy_set_own_exemption(struct policy_set *set,
    struct policy_exemption *x);

/*
 * The set is complete: names are resolved, policies and exemptions sorted by
 * name, and among equal names by position, and indexed for matching.  -1 with
 * complaints about names that nobody has, or two, or that lead back to
 * themselves.
 */
int policy_set_finish(struct policy_set *set, struct diag *d) MUST_CHECK;
void policy_set_free(struct policy_set *set);
DEFINE_AUTO(policy_set, struct policy_set *, policy_set_free);

#endif

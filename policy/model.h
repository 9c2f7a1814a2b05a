#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "policy/selector.h"

/*
 * What a policy says, however it was written.  Every loader fills this model;
 * matching and evaluating know nothing of documents.  Immutable once bound
 * (gate/ring.h), so threads share it.
 */

/* Zero is nobody's answer: memory that was never written allows nothing. */
enum verdict { VERDICT_NONE, VERDICT_DENY, VERDICT_ALLOW };

enum policy_action { POLICY_ENFORCE, POLICY_WARN, POLICY_AUDIT };
enum policy_failure { POLICY_FAIL, POLICY_IGNORE };

/* Where public keys come from.  Policy does no crypto: who binds the set reads
 * the keys and notes their fingerprints here (trust/key.h). */
struct policy_keys {
	struct diag_pos pos;
	char *pem;                    /* inline text, or NULL */
	char *file;                   /* path, or NULL */
	struct str_list fingerprints; /* empty until bound; empty holds never */
};

enum policy_entry_kind { POLICY_ENTRY_NONE, POLICY_ENTRY_KEYS };

/* One attestor entry.  Several keys in one entry: any of them will do. */
struct policy_entry {
	enum policy_entry_kind kind;
	struct diag_pos pos;
	struct policy_keys keys;
	struct str_map annotations; /* all of them must be signed, equal */
};

/* One item of `attestors`: `count` of its entries must hold. */
struct policy_attestor {
	struct diag_pos pos;
	size_t count; /* 1 … nentries; the loader fills in "all" */
	struct policy_entry *entries;
	size_t nentries;
	char *repository; /* where signatures live; NULL: beside the image */
};

/* Rules about the reference itself. */
struct policy_reference {
	struct str_list allow;     /* globs; empty: any */
	struct str_list deny_tags; /* globs */
	bool require_digest;
};

struct policy {
	char *name;
	struct diag_pos pos;
	struct str_list images; /* globs, at least one */
	struct str_list exclude_images;
	struct str_list namespaces; /* empty: all, and pulls that name no pod */
	struct str_list exclude_namespaces;
	struct selector pods; /* by label; empty: as namespaces */
	enum policy_action action;
	enum policy_failure failure;
	int64_t timeout_ms;
	struct policy_reference reference;
	struct policy_attestor *attestors; /* every one must hold */
	size_t nattestors;
};

#define POLICY_TIMEOUT_DEFAULT_MS 10000
#define POLICY_TIMEOUT_MIN_MS     100
#define POLICY_TIMEOUT_MAX_MS     300000

struct policy_index;

struct policy_set {
	struct policy **items; /* sorted by name */
	size_t n;
	size_t cap;
	struct policy_index *index; /* policy/index.h; once it is sorted */
	struct diag names; /* owns the file names that positions point to */
};

void policy_free(struct policy *p);
DEFINE_AUTO(policy, struct policy *, policy_free);

/* Add p, which the set takes over; its positions, all in the same file, then
 * point to a name that the set owns. */
void policy_set_own(struct policy_set *set, struct policy *p);

/* The set is complete: sort it by name, and among equal names by position, and
 * index it for matching. */
void policy_set_finish(struct policy_set *set);
void policy_set_free(struct policy_set *set);
DEFINE_AUTO(policy_set, struct policy_set *, policy_set_free);

#endif

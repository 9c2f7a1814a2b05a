#ifndef POLICY_EXEMPTION_H
#define POLICY_EXEMPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/yaml.h"
#include "policy/match.h"
#include "policy/model.h"

/*
 * apiVersion pullgate.dev/v1, kind Exemption: break glass.  For a few days at
 * most, images are admitted that policies refuse.  LANGUAGE.md says what is
 * refused all the same.
 */
struct policy_exemption {
	char *name;
	struct diag_pos pos;
	struct str_list images;     /* patterns as an ImagePolicy has them */
	struct str_list digests;    /* sorted */
	struct str_list namespaces; /* wildcards; none: every namespace, and
				       pulls that name no pod */
	char *reason;               /* one line */
	int64_t not_after;          /* seconds since 1970; still exempt then */
	struct diag_pos not_after_pos;
};

#define POLICY_EXEMPTION_MAX_S      (7 * 86400) /* from the time of loading */
#define POLICY_EXEMPTION_REASON_MAX 500         /* characters */

/* The first exemption, by name, that covers this pull and has not expired; NULL
 * if none.  digests: those that the image is known to have; NULLs are passed
 * over. */
const struct policy_exemption *policy_exempts(const struct policy_set *set,
    const struct policy_facts *facts, const char *const *digests,
    size_t ndigests, int64_t now);

/* Does it cover this pull, whatever the time; and if not, why not?  One of
 * POLICY_COVERS, POLICY_OTHER_NAMESPACE and POLICY_OTHER_IMAGE. */
enum policy_cover policy_exemption_covers(const struct policy_exemption *x,
    const struct policy_facts *facts, const char *const *digests,
    size_t ndigests);

/* "it expired at … and has no effect"; NULL if it has not.  The caller frees
 * it. */
char *policy_exemption_expiry(const struct policy_exemption *x, int64_t now);

int policy_exemption_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;

/* Of a finished set: -1 with complaints about two of the same name, and about
 * one that would last too long.  One that has expired is worth a warning. */
int policy_exemptions_check(const struct policy_set *set, int64_t now,
    struct diag *d) MUST_CHECK;

/* By name, and among equal names by position. */
void policy_exemptions_sort(struct policy_exemption **items, size_t n);

void policy_exemption_free(struct policy_exemption *x);
DEFINE_AUTO(exemption, struct policy_exemption *, policy_exemption_free);

#endif

#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"
#include "image/reference.h"
#include "policy/model.h"

/* What is known of a pull before anything is fetched.  All borrowed. */
struct policy_facts {
	const struct reference *ref;
	const char *written;  /* as the client wrote it; NULL: as normalised */
	struct pod_facts pod; /* all NULL: the pull names no pod */
};

struct policy_matches {
	const struct policy **items; /* sorted by name; the array is owned */
	size_t n;
	size_t cap;
};

void policy_matches_clear(struct policy_matches *m);
DEFINE_AUTO_INPLACE(policy_matches, struct policy_matches,
    policy_matches_clear);

/* Does a policy speak about a pull; and if not, what first keeps it from it? */
enum policy_cover {
	POLICY_COVERS,
	POLICY_OTHER_NAMESPACE,
	POLICY_EXCLUDED_NAMESPACE,
	POLICY_OTHER_POD,
	POLICY_EXCLUDED_POD,
	POLICY_OTHER_IMAGE,
	POLICY_EXCLUDED_IMAGE
};

enum policy_cover policy_covers(const struct policy *policy,
    const struct policy_facts *facts);

/* The policies that cover this pull, as each kind of document spells names. */
void policy_match(const struct policy_set *set,
    const struct policy_facts *facts, struct policy_matches *ret);

/* Does any policy that does more than deny speak about this image, whoever's
 * pod it is for? */
bool policy_match_image(const struct policy_set *set,
    const struct policy_facts *facts);

/* Do the policy's `reference` rules hold?  ERR_NOT_ALLOWED says which did not:
 * "image is not from an allowed registry", "tag latest is denied", …. */
int policy_check_reference(const struct policy *policy,
    const struct policy_facts *facts, struct err *e) MUST_CHECK;

#endif

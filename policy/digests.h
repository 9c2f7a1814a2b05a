#ifndef POLICY_DIGESTS_H
#define POLICY_DIGESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/yaml.h"

/*
 * Lists of digests: images that a policy allows or denies one by one, whoever
 * signed them.
 */
#define POLICY_DIGESTS_MAX 10000 /* of one list */

/* Both are sorted, and neither names a digest twice. */
struct policy_digests {
	struct str_list allow, deny;
};

enum policy_listed { POLICY_UNLISTED, POLICY_LISTED_ALLOW, POLICY_LISTED_DENY };

/* What the lists say of an image that has these digests (manifest digest, image
 * id, …; NULLs are passed over).  deny goes before allow. */
enum policy_listed policy_digests_look(const struct policy_digests *lists,
    const char *const *digests, size_t n);

/* Is one of the digests in the sorted list?  NULLs are passed over. */
bool digest_list_has(const struct str_list *sorted, const char *const *digests,
    size_t n);

/* The field `digests`; a list of some digests alone.  -1 with complaints. */
int policy_digests_read(const struct yaml_node *node,
    struct policy_digests *ret, struct diag *d) MUST_CHECK;
int digest_list_read(const struct yaml_node *node, const char *name,
    struct str_list *ret, struct diag *d) MUST_CHECK;

void policy_digests_clear(struct policy_digests *lists);

#endif

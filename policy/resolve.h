#ifndef POLICY_RESOLVE_H
#define POLICY_RESOLVE_H

#include "base/auto.h"
#include "base/diag.h"

struct policy_set;

/*
 * Attestors that mean others by name find them, and every policy gets its list
 * of entries (policy.leaves).  -1 with complaints about a name that nobody has
 * or two have, and about attestors that lead back to themselves.
 */
int policy_resolve(struct policy_set *set, struct diag *d) MUST_CHECK;

#endif

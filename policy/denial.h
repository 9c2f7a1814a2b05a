#ifndef POLICY_DENIAL_H
#define POLICY_DENIAL_H

#include "policy/evaluate.h"

/*
 * Why a policy denies: fills code and message of a result that is complete but
 * for these.  unsure: nothing fails for sure, and what could not be searched is
 * named.  Private to policy/.
 */
void denial_explain(struct policy_result *r, bool unsure);

#endif

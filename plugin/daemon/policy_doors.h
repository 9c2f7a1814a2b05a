#ifndef DAEMON_POLICY_DOORS_H
#define DAEMON_POLICY_DOORS_H

#include <stdint.h>

#include "node/door.h"
#include "policy/model.h"

/*
 * The doors that policies open: "policies", while one of them is not enforced for
 * all that it covers, and "exemptions", while one is in force.
 */

/* So many are named; of the rest there is a number. */
#define POLICY_DOORS_NAMES 5

/* now: seconds since 1970. */
void policy_doors_look(const struct policy_set *set, int64_t now,
    struct door_list *ret);

#endif

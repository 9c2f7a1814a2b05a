#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/yaml.h"

/*
 * Conditions on what an attestation says, in Kyverno's words: a list of blocks,
 * each with conditions of which any or all must hold.  Their shape is checked
 * when they are loaded.
 */
struct policy_condition {
	struct diag_pos pos;
	char *key;              /* JMESPath in {{ }} */
	char *operator_;        /* one that Kyverno knows */
	struct str_list values; /* one, or the items of a list */
	bool list;
	char *message; /* or NULL */
};

struct policy_condition_list {
	struct policy_condition *items;
	size_t n;
};

struct policy_condition_block {
	struct policy_condition_list any, all;
};

struct policy_conditions {
	struct policy_condition_block *items; /* every one must hold */
	size_t n;
};

int policy_conditions_read(const struct yaml_node *node,
    struct policy_conditions *ret, struct diag *d) MUST_CHECK;
void policy_conditions_clear(struct policy_conditions *c);

#endif

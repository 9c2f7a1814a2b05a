#ifndef POLICY_INDEX_H
#define POLICY_INDEX_H

#include <stddef.h>

#include "policy/names.h"

/*
 * Policies by what their image patterns begin with, up to the first wildcard:
 * the policies that may cover an image are found by the beginnings of its name,
 * however many others there are.
 */
struct policy_set;
struct policy_index;

/* Of a set that is complete and sorted; its policies are borrowed. */
struct policy_index *policy_index_new(const struct policy_set *set)
    __attribute__((returns_nonnull));
void policy_index_free(struct policy_index *index);

/* Places in the set. */
struct policy_candidates {
	size_t *items;
	size_t n;
	size_t cap;
};

/* Add the policies of a dialect whose patterns begin as the text does; some may
 * come more than once, and whether a whole pattern matches is another question. */
void policy_index_find(const struct policy_index *index,
    enum policy_dialect dialect, const char *text,
    struct policy_candidates *ret);

#endif

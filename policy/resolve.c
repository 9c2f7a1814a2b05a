/* Attestors that are meant by their names. */
#include "policy/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "policy/model.h"

static int
compare(const void *a, const void *b)
{
	return strcmp((*(struct policy_attestor *const *)a)->name,
	    (*(struct policy_attestor *const *)b)->name);
}

static int
check_names(const struct policy_set *set, struct diag *d)
{
	int bad = 0;

	for (size_t i = 1; i < set->nnamed; i++) {
		const struct policy_attestor *a = set->named[i - 1];
		const struct policy_attestor *b = set->named[i];

		if (strcmp(a->name, b->name) == 0)
			bad = diag_add(d, b->pos,
			    "there is another attestor \"%s\" at %s:%u:%u",
			    b->name, a->pos.file, a->pos.line, a->pos.column);
	}
	return bad;
}

static int
find(const struct policy_set *set, struct policy_attestor *a, struct diag *d)
{
	struct policy_attestor *const *found =
	    set->nnamed == 0 ? NULL
			     : bsearch(&a, set->named, set->nnamed,
				   sizeof(struct policy_attestor *), compare);

	if (found == NULL)
		return diag_add(d, a->pos,
		    "there is no attestor \"%s\": a document of kind Attestor "
		    "with that name is missing",
		    a->name);
	a->meant = *found;
	return 0;
}

/* Everything below an attestor, as deep as its document is. */
static int
resolve(const struct policy_set *set, struct policy_attestor *a, struct diag *d)
{
	int bad = 0;

	if (a->nentries == 0)
		return find(set, a, d);
	for (size_t i = 0; i < a->nentries; i++)
		if (a->entries[i].kind == POLICY_ENTRY_NESTED)
			bad |= resolve(set, a->entries[i].nested, d);
	return bad;
}

static int
resolve_all(const struct policy_set *set, struct policy_attestors *list,
    struct diag *d)
{
	int bad = 0;

	for (size_t i = 0; i < list->n; i++)
		bad |= resolve(set, &list->items[i], d);
	return bad;
}

/*
 * How many named attestors stand one below the other, at most.  What has been
 * measured is not walked again, so that attestors which mean each other many
 * times cost no more than they are long.
 */
static int measure(struct policy_attestor *a, unsigned above, struct diag *d);

static int
measure_below(const struct policy_attestor *a, unsigned above, unsigned *height,
    struct diag *d)
{
	for (size_t i = 0; i < a->nentries; i++) {
		const struct policy_attestor *next = a->entries[i].nested;
		int bad;

		if (next == NULL)
			continue;
		bad = next->meant == NULL
			  ? measure_below(next, above, height, d)
			  : measure(next->meant, above + 1, d);
		if (bad < 0)
			return -1;
		if (next->meant != NULL && next->meant->height > *height)
			*height = next->meant->height;
	}
	return 0;
}

static int
measure(struct policy_attestor *a, unsigned above, struct diag *d)
{
	unsigned height = 0;

	if (a->height == 0 && above < POLICY_NAMES_DEEP_MAX &&
	    measure_below(a, above, &height, d) < 0)
		return -1;
	if (a->height == 0)
		a->height = height + 1;
	if (above + a->height > POLICY_NAMES_DEEP_MAX)
		return diag_add(d, a->pos,
		    "attestor \"%s\" leads back to itself, or means others "
		    "more than %d deep",
		    a->name, POLICY_NAMES_DEEP_MAX);
	return 0;
}

static int
collect(const struct policy_attestors *list, struct policy_leaves *leaves,
    struct diag *d)
{
	for (size_t i = 0; i < list->n; i++)
		if (policy_leaves_add(leaves, &list->items[i], d) < 0)
			return -1;
	return 0;
}

static int
collect_leaves(struct policy *p, struct diag *d)
{
	if (collect(&p->attestors, &p->leaves, d) < 0)
		return -1;
	for (size_t i = 0; i < p->nattestations; i++)
		if (collect(&p->attestations[i].attestors, &p->leaves, d) < 0)
			return -1;
	return 0;
}

static int
resolve_policy(const struct policy_set *set, struct policy *p, struct diag *d)
{
	int bad = resolve_all(set, &p->attestors, d);

	for (size_t i = 0; i < p->nattestations; i++)
		bad |= resolve_all(set, &p->attestations[i].attestors, d);
	return bad;
}

int
policy_resolve(struct policy_set *set, struct diag *d)
{
	int bad = 0;

	if (set->nnamed > 1)
		qsort(set->named, set->nnamed, sizeof(struct policy_attestor *),
		    compare);
	bad |= check_names(set, d);
	for (size_t i = 0; i < set->nnamed; i++)
		bad |= resolve(set, set->named[i], d);
	for (size_t i = 0; i < set->n; i++)
		bad |= resolve_policy(set, set->items[i], d);
	for (size_t i = 0; bad == 0 && i < set->nnamed; i++)
		bad = measure(set->named[i], 0, d);
	for (size_t i = 0; bad == 0 && i < set->n; i++)
		bad = collect_leaves(set->items[i], d);
	return bad;
}

/* The model: what a loader fills and everybody else only reads. */
#include "policy/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/index.h"

static void
entry_clear(struct policy_entry *entry)
{
	free(entry->keys.pem);
	free(entry->keys.file);
	str_list_clear(&entry->keys.fingerprints);
	str_map_clear(&entry->annotations);
}

static void
attestor_clear(struct policy_attestor *a)
{
	for (size_t i = 0; i < a->nentries; i++)
		entry_clear(&a->entries[i]);
	free(a->entries);
	free(a->repository);
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->nattestors; i++)
		attestor_clear(&p->attestors[i]);
	free(p->attestors);
	str_list_clear(&p->images);
	str_list_clear(&p->exclude_images);
	str_list_clear(&p->namespaces);
	str_list_clear(&p->exclude_namespaces);
	selector_clear(&p->pods);
	str_list_clear(&p->reference.allow);
	str_list_clear(&p->reference.deny_tags);
	free(p->name);
	free(p);
}

/* Positions come with a name borrowed from who read the document. */
static void
rename_positions(struct policy *p, const char *file)
{
	p->pos.file = file;
	for (size_t i = 0; i < p->nattestors; i++) {
		struct policy_attestor *a = &p->attestors[i];

		a->pos.file = file;
		for (size_t k = 0; k < a->nentries; k++) {
			a->entries[k].pos.file = file;
			a->entries[k].keys.pos.file = file;
		}
	}
}

void
policy_set_own(struct policy_set *set, struct policy *p)
{
	assert(p->name != NULL && p->pos.file != NULL);
	rename_positions(p, diag_file(&set->names, p->pos.file));
	set->items =
	    mem_grow(set->items, set->n, &set->cap, sizeof(*set->items));
	set->items[set->n++] = p;
}

static int
compare(const void *a, const void *b)
{
	const struct policy *x = *(struct policy *const *)a;
	const struct policy *y = *(struct policy *const *)b;
	int by = strcmp(x->name, y->name);

	if (by == 0)
		by = strcmp(x->pos.file, y->pos.file);
	if (by == 0)
		by = (x->pos.line > y->pos.line) - (x->pos.line < y->pos.line);
	return by;
}

void
policy_set_finish(struct policy_set *set)
{
	assert(set->index == NULL);
	if (set->n > 1)
		qsort(set->items, set->n, sizeof(*set->items), compare);
	set->index = policy_index_new(set);
}

void
policy_set_free(struct policy_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++)
		policy_free(set->items[i]);
	policy_index_free(set->index);
	free(set->items);
	diag_clear(&set->names);
	free(set);
}

/* A hash table of the beginnings of patterns. */
#include "policy/index.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/model.h"

#define FNV_BASIS 14695981039346656037u
#define FNV_PRIME 1099511628211u

struct entry {
	const char *glob;
	size_t len; /* of what stands before the first wildcard */
	uint64_t hash;
	size_t policy;
	enum policy_dialect dialect;
	size_t next; /* in its slot: place + 1; 0: the last */
};

struct policy_index {
	struct entry *entries;
	size_t n;
	size_t *slots; /* place + 1; 0: none */
	size_t mask;   /* slots are a power of two */
};

static uint64_t
mix(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * FNV_PRIME;
}

/* FNV's low bits alone mix too little. */
static size_t
slot_of(const struct policy_index *index, uint64_t hash)
{
	return (size_t)(hash ^ hash >> 32) & index->mask;
}

static void
add(struct policy_index *index, enum policy_dialect dialect, const char *glob,
    size_t policy)
{
	struct entry *e = &index->entries[index->n++];
	size_t *slot;

	*e = (struct entry){ .glob = glob,
		.policy = policy,
		.dialect = dialect };
	e->len = strcspn(glob, "*?");
	e->hash = FNV_BASIS;
	for (size_t i = 0; i < e->len; i++)
		e->hash = mix(e->hash, glob[i]);
	slot = &index->slots[slot_of(index, e->hash)];
	e->next = *slot;
	*slot = index->n;
}

struct policy_index *
policy_index_new(const struct policy_set *set)
{
	struct policy_index *index = MEM_NEW(struct policy_index);
	size_t globs = 0, slots = 1;

	for (size_t i = 0; i < set->n; i++)
		globs += set->items[i]->images.n;
	while (slots < 2 * globs)
		slots *= 2;
	index->mask = slots - 1;
	index->slots = mem_calloc(slots, sizeof(*index->slots));
	index->entries = mem_calloc(globs, sizeof(*index->entries));
	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->items[i]->images.n; k++)
			add(index, set->items[i]->dialect,
			    set->items[i]->images.items[k], i);
	return index;
}

void
policy_index_free(struct policy_index *index)
{
	if (index == NULL)
		return;
	free(index->entries);
	free(index->slots);
	free(index);
}

static void
find_at(const struct policy_index *index, enum policy_dialect dialect,
    uint64_t hash, const char *text, size_t len, struct policy_candidates *ret)
{
	size_t at = index->slots[slot_of(index, hash)];

	while (at != 0) {
		const struct entry *e = &index->entries[at - 1];

		if (e->hash == hash && e->dialect == dialect && e->len == len &&
		    memcmp(e->glob, text, len) == 0) {
			ret->items = mem_grow(ret->items, ret->n, &ret->cap,
			    sizeof(*ret->items));
			ret->items[ret->n++] = e->policy;
		}
		at = e->next;
	}
}

void
policy_index_find(const struct policy_index *index, enum policy_dialect dialect,
    const char *text, struct policy_candidates *ret)
{
	uint64_t hash = FNV_BASIS;
	size_t len = 0;

	for (;;) {
		find_at(index, dialect, hash, text, len, ret);
		if (text[len] == '\0')
			return;
		hash = mix(hash, text[len++]);
	}
}

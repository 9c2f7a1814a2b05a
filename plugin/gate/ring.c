/* Policies and the keys they name, bound together once and for all. */
#include "gate/ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "gate/demands.h"
#include "policy/load.h"

struct ring {
	struct policy_set *policies;
	struct demands demands;
	atomic_uint refs;
};

static void
ring_free(struct ring *r)
{
	policy_set_free(r->policies);
	demands_clear(&r->demands);
	free(r);
}

/*
 * Where several entries must hold, one signature should not stand for two: a
 * mistake in our own documents, and something to know of imported ones, which
 * mean what they mean.
 */
static int
complain_of_overlap(enum policy_dialect dialect, struct diag_pos pos,
    size_t first, size_t second, struct diag *d)
{
	if (dialect == POLICY_OURS)
		return diag_add(d, pos,
		    "entries[%zu] and entries[%zu] name the same signer: one "
		    "signature would count twice",
		    first, second);
	diag_warn(d, pos,
	    "entries[%zu] and entries[%zu] name the same signer: one signature "
	    "counts twice",
	    first, second);
	return 0;
}

/* Leaves [a, b) and [c, d). */
static bool
overlap(const struct policy_leaves *leaves, size_t a, size_t b, size_t c,
    size_t d)
{
	for (size_t i = a; i < b; i++)
		for (size_t k = c; k < d; k++)
			if (policy_entries_overlap(leaves->items[i],
				leaves->items[k]))
				return true;
	return false;
}

/* from[i] is the first leaf of entry i, from[n] behind the last. */
static int
compare_entries(const struct policy_attestor *a, enum policy_dialect dialect,
    const struct policy_leaves *leaves, const size_t *from, struct diag *d)
{
	int bad = 0;

	for (size_t i = 1; i < a->nentries; i++) {
		size_t k = 0;

		while (k < i && !overlap(leaves, from[k], from[k + 1], from[i],
				    from[i + 1]))
			k++;
		if (k < i)
			bad |= complain_of_overlap(dialect, a->entries[i].pos,
			    k, i, d);
	}
	return bad;
}

static int
check_distinct(const struct policy_attestor *a, enum policy_dialect dialect,
    struct diag *d)
{
	AUTO(leaves) struct policy_leaves leaves = { 0 };
	size_t *from;
	int bad = 0;

	for (size_t i = 0; i < a->nentries; i++)
		if (a->entries[i].nested != NULL)
			bad |= check_distinct(a->entries[i].nested, dialect, d);
	if (a->count < 2)
		return bad;
	from = mem_calloc(a->nentries + 1, sizeof(*from));
	for (size_t i = 0; bad == 0 && i < a->nentries; i++) {
		bad = policy_leaves_add_entry(&leaves, &a->entries[i], d);
		from[i + 1] = leaves.n;
	}
	if (bad == 0)
		bad = compare_entries(a, dialect, &leaves, from, d);
	free(from);
	return bad;
}

static int
check_all_distinct(const struct policy_attestors *list,
    enum policy_dialect dialect, struct diag *d)
{
	int bad = 0;

	for (size_t i = 0; i < list->n; i++)
		bad |= check_distinct(&list->items[i], dialect, d);
	return bad;
}

static int
bind_policy(const struct policy *p, struct ring *r, struct diag *d)
{
	int bad = 0;

	for (size_t i = 0; i < p->leaves.n; i++)
		bad |= demands_bind(&r->demands, p->leaves.items[i], d);
	return bad;
}

static int
check_policy(const struct policy *p, struct diag *d)
{
	int bad = check_all_distinct(&p->attestors, p->dialect, d);

	for (size_t i = 0; i < p->nattestations; i++)
		bad |= check_all_distinct(&p->attestations[i].attestors,
		    p->dialect, d);
	return bad;
}

/* Attestors that no policy means are read and checked too. */
static int
bind_named(const struct policy_attestor *a, struct ring *r, struct diag *d)
{
	AUTO(leaves) struct policy_leaves leaves = { 0 };
	int bad = policy_leaves_add(&leaves, a, d);

	for (size_t i = 0; i < leaves.n; i++)
		bad |= demands_bind(&r->demands, leaves.items[i], d);
	return bad < 0 ? bad : check_distinct(a, POLICY_OURS, d);
}

static int
bind_all(struct ring *r, struct diag *d)
{
	const struct policy_set *set = r->policies;
	int bad = 0;

	for (size_t i = 0; i < set->nnamed; i++)
		bad |= bind_named(set->named[i], r, d);
	for (size_t i = 0; i < set->n; i++)
		bad |= bind_policy(set->items[i], r, d);
	for (size_t i = 0; bad == 0 && i < set->n; i++)
		bad |= check_policy(set->items[i], d);
	return bad;
}

int
ring_load(const struct ring_sources *from, struct ring **ret, struct diag *d)
{
	AUTO(ring) struct ring *r = MEM_NEW(struct ring);
	int64_t now = clock_now();

	atomic_init(&r->refs, 1);
	r->demands.root_path = from->trusted_root;
	if (policy_load(from->policies, from->n, now, &r->policies, d) < 0 ||
	    bind_all(r, d) < 0)
		return -1;
	demands_sort(&r->demands);
	r->demands.root_path = NULL;
	*ret = TAKE(r);
	return 0;
}

const struct policy_set *
ring_policies(const struct ring *r)
{
	return r->policies;
}

const struct str_list *
ring_files(const struct ring *r)
{
	return &r->demands.files;
}

const struct demand *
ring_demand(const struct ring *r, const char *id)
{
	return demands_find(&r->demands, id);
}

struct ring *
ring_ref(struct ring *r)
{
	(void)atomic_fetch_add(&r->refs, 1);
	return r;
}

void
ring_unref(struct ring *r)
{
	if (r != NULL && atomic_fetch_sub(&r->refs, 1) == 1)
		ring_free(r);
}

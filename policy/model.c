/* The model: what a loader fills and everybody else only reads. */
#include "policy/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/glob.h"
#include "policy/index.h"
#include "policy/resolve.h"

struct policy *
policy_new(enum policy_dialect dialect)
{
	struct policy *p = MEM_NEW(struct policy);

	p->dialect = dialect;
	p->timeout_ms = POLICY_TIMEOUT_DEFAULT_MS;
	return p;
}

static void
reference_clear(struct policy_reference *r)
{
	str_list_clear(&r->allow);
	str_list_clear(&r->deny_tags);
	str_list_clear(&r->patterns);
	free(r->message);
}

static void
attestation_clear(struct policy_attestation *a)
{
	free(a->name);
	free(a->type);
	policy_attestors_clear(&a->attestors);
	policy_conditions_clear(&a->conditions);
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->nattestations; i++)
		attestation_clear(&p->attestations[i]);
	policy_clear_overrides(p);
	free(p->attestations);
	free(p->leaves.items);
	policy_attestors_clear(&p->attestors);
	str_list_clear(&p->images);
	str_list_clear(&p->exclude_images);
	policy_pods_clear(&p->pods);
	reference_clear(&p->reference);
	free(p->name);
	free(p);
}

void
policy_clear_overrides(struct policy *p)
{
	for (size_t i = 0; i < p->noverrides; i++)
		str_list_clear(&p->overrides[i].namespaces);
	free(p->overrides);
	p->overrides = NULL;
	p->noverrides = 0;
}

static bool
is_for(const struct policy_override *o, const char *namespace_)
{
	for (size_t i = 0; i < o->namespaces.n; i++)
		if (glob_match(o->namespaces.items[i], namespace_))
			return true;
	return false;
}

enum policy_action
policy_action_for(const struct policy *p, const char *namespace_)
{
	for (size_t i = 0; namespace_ != NULL && i < p->noverrides; i++)
		if (is_for(&p->overrides[i], namespace_))
			return p->overrides[i].action;
	return p->action;
}

const char *
policy_action_name(enum policy_action action)
{
	switch (action) {
	case POLICY_ENFORCE:
		return "enforce";
	case POLICY_WARN:
		return "warn";
	case POLICY_AUDIT:
		return "audit";
	}
	abort();
}

bool
policy_asks_for_signers(const struct policy *p)
{
	return p->attestors.n > 0 || p->nattestations > 0;
}

const char *
policy_set_file(struct policy_set *set, const char *name)
{
	str_list_add(&set->files, name);
	return set->files.items[set->files.n - 1];
}

void
policy_set_own(struct policy_set *set, struct policy *p)
{
	assert(p->name != NULL && p->images.n > 0);
	set->items =
	    mem_grow(set->items, set->n, &set->cap, sizeof(*set->items));
	set->items[set->n++] = p;
}

void
policy_set_own_attestor(struct policy_set *set, struct policy_attestor *a)
{
	assert(a->name != NULL && a->nentries > 0);
	set->named = mem_grow(set->named, set->nnamed, &set->named_cap,
	    sizeof(*set->named));
	set->named[set->nnamed++] = a;
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

int
policy_set_finish(struct policy_set *set, struct diag *d)
{
	int bad = policy_resolve(set, d);

	assert(set->index == NULL);
	if (set->n > 1)
		qsort(set->items, set->n, sizeof(*set->items), compare);
	set->index = policy_index_new(set);
	return bad;
}

void
policy_set_free(struct policy_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++)
		policy_free(set->items[i]);
	for (size_t i = 0; i < set->nnamed; i++) {
		policy_attestor_clear(set->named[i]);
		free(set->named[i]);
	}
	policy_index_free(set->index);
	free(set->items);
	free(set->named);
	str_list_clear(&set->files);
	free(set);
}

/* The model: what a loader fills and everybody else only reads. */
#include "policy/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/exemption.h"
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
	policy_digests_clear(&p->digests);
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

bool
policy_asks_for_digest(const struct policy *p)
{
	return p->digests.allow.n > 0 || p->digests.deny.n > 0;
}

bool
policy_asks_for_reference(const struct policy *p)
{
	const struct policy_reference *r = &p->reference;

	return r->allow.n > 0 || r->deny_tags.n > 0 || r->patterns.n > 0 ||
	       r->require_digest;
}

bool
policy_only_denies(const struct policy *p)
{
	return p->digests.deny.n > 0 && p->digests.allow.n == 0 &&
	       !policy_asks_for_signers(p) && !policy_asks_for_reference(p);
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

void
policy_set_own_exemption(struct policy_set *set, struct policy_exemption *x)
{
	assert(x->name != NULL && x->images.n + x->digests.n > 0);
	set->exemptions = mem_grow(set->exemptions, set->nexemptions,
	    &set->exemptions_cap, sizeof(struct policy_exemption *));
	set->exemptions[set->nexemptions++] = x;
}

int
policy_order(const char *x, struct diag_pos at, const char *y,
    struct diag_pos other)
{
	int by = strcmp(x, y);

	if (by == 0)
		by = strcmp(at.file, other.file);
	if (by == 0)
		by = (at.line > other.line) - (at.line < other.line);
	return by;
}

static int
compare(const void *a, const void *b)
{
	const struct policy *x = *(struct policy *const *)a;
	const struct policy *y = *(struct policy *const *)b;

	return policy_order(x->name, x->pos, y->name, y->pos);
}

int
policy_set_finish(struct policy_set *set, struct diag *d)
{
	int bad = policy_resolve(set, d);

	assert(set->index == NULL);
	if (set->n > 1)
		qsort(set->items, set->n, sizeof(*set->items), compare);
	policy_exemptions_sort(set->exemptions, set->nexemptions);
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
	for (size_t i = 0; i < set->nexemptions; i++)
		policy_exemption_free(set->exemptions[i]);
	policy_index_free(set->index);
	free(set->items);
	free(set->named);
	free(set->exemptions);
	str_list_clear(&set->files);
	free(set);
}

/* Which policies speak about a pull, and what they say of its reference. */
#include "policy/match.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/glob.h"
#include "policy/index.h"
#include "policy/operators.h"

static enum policy_cover
cover_of_pod(const struct policy *p, const struct pod_facts *pod)
{
	switch (pods_cover(&p->pods, pod)) {
	case PODS_COVERED:
		return POLICY_COVERS;
	case PODS_OTHER_NAMESPACE:
		return POLICY_OTHER_NAMESPACE;
	case PODS_OTHER:
		return POLICY_OTHER_POD;
	case PODS_EXCLUDED_NAMESPACE:
		return POLICY_EXCLUDED_NAMESPACE;
	case PODS_EXCLUDED:
		return POLICY_EXCLUDED_POD;
	}
	abort();
}

static enum policy_cover
cover_of_image(const struct policy *p, const struct all_names *names)
{
	if (!names_match_possibly(&p->images, p->dialect, names))
		return POLICY_OTHER_IMAGE;
	if (names_match_certainly(&p->exclude_images, p->dialect, names))
		return POLICY_EXCLUDED_IMAGE;
	return POLICY_COVERS;
}

static enum policy_cover
covers(const struct policy *p, const struct all_names *names,
    const struct policy_facts *facts)
{
	enum policy_cover cover = cover_of_pod(p, &facts->pod);

	return cover != POLICY_COVERS ? cover : cover_of_image(p, names);
}

enum policy_cover
policy_covers(const struct policy *policy, const struct policy_facts *facts)
{
	AUTO(names) struct all_names names;

	names_make(facts->ref, facts->written, &names);
	return covers(policy, &names, facts);
}

static int
compare(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

static void
candidates_clear(struct policy_candidates *c)
{
	free(c->items);
}
DEFINE_AUTO_INPLACE(candidates, struct policy_candidates, candidates_clear);

/* In the set's order; some come more than once. */
static void
find_candidates(const struct policy_set *set, const struct all_names *names,
    struct policy_candidates *ret)
{
	assert(set->index != NULL);
	for (size_t i = 0; i < POLICY_DIALECTS; i++)
		for (size_t k = 0; k < names->of[i].n; k++)
			policy_index_find(set->index, (enum policy_dialect)i,
			    names->of[i].items[k], ret);
	if (ret->n > 1)
		qsort(ret->items, ret->n, sizeof(*ret->items), compare);
}

void
policy_match(const struct policy_set *set, const struct policy_facts *facts,
    struct policy_matches *ret)
{
	AUTO(names) struct all_names names;
	AUTO(candidates) struct policy_candidates all = { 0 };

	names_make(facts->ref, facts->written, &names);
	find_candidates(set, &names, &all);
	*ret = (struct policy_matches){ 0 };
	for (size_t i = 0; i < all.n; i++) {
		const struct policy *p = set->items[all.items[i]];

		if ((i > 0 && all.items[i] == all.items[i - 1]) ||
		    covers(p, &names, facts) != POLICY_COVERS)
			continue;
		ret->items = mem_grow(ret->items, ret->n, &ret->cap,
		    sizeof(*ret->items));
		ret->items[ret->n++] = p;
	}
}

bool
policy_match_image(const struct policy_set *set,
    const struct policy_facts *facts)
{
	AUTO(names) struct all_names names;
	AUTO(candidates) struct policy_candidates all = { 0 };

	names_make(facts->ref, facts->written, &names);
	find_candidates(set, &names, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct policy *p = set->items[all.items[i]];

		if (!policy_only_denies(p) &&
		    cover_of_image(p, &names) == POLICY_COVERS)
			return true;
	}
	return false;
}

void
policy_matches_clear(struct policy_matches *m)
{
	free(m->items);
	*m = (struct policy_matches){ 0 };
}

static int
check_patterns(const struct policy_reference *rules, const char *written,
    const struct all_names *names, struct err *e)
{
	for (size_t i = 0; i < rules->patterns.n; i++) {
		const char *pattern = rules->patterns.items[i];

		if (operators_hold(pattern, written,
			&names->of[POLICY_KYVERNO]))
			continue;
		return err_set(e, ERR_NOT_ALLOWED,
		    "image does not match \"%.200s\"%s%.200s", pattern,
		    rules->message == NULL ? "" : ": ",
		    rules->message == NULL ? "" : rules->message);
	}
	return 0;
}

static bool
tag_is_denied(const struct policy_reference *rules, const char *tag)
{
	for (size_t i = 0; i < rules->deny_tags.n; i++)
		if (glob_match(rules->deny_tags.items[i], tag))
			return true;
	return false;
}

int
policy_check_reference(const struct policy *policy,
    const struct policy_facts *facts, struct err *e)
{
	const struct policy_reference *rules = &policy->reference;
	const struct reference *ref = facts->ref;
	AUTO(names) struct all_names names;

	names_make(ref, facts->written, &names);
	if (rules->allow.n > 0 &&
	    !names_match_certainly(&rules->allow, policy->dialect, &names))
		return err_set(e, ERR_NOT_ALLOWED,
		    "image is not from an allowed registry");
	if (check_patterns(rules,
		facts->written == NULL ? ref->text : facts->written, &names,
		e) < 0)
		return -1;
	if (ref->digest != NULL)
		return 0;
	if (rules->require_digest)
		return err_set(e, ERR_NOT_ALLOWED,
		    "image is not named by digest");
	if (tag_is_denied(rules, ref->tag))
		return err_set(e, ERR_NOT_ALLOWED, "tag %s is denied",
		    ref->tag);
	return 0;
}

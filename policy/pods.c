/* Which pods a policy is about. */
#include "policy/pods.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/glob.h"

/* Names of namespaces and pods have no slash: every wildcard reads the same. */
static bool
any_matches(const struct str_list *globs, const char *text)
{
	for (size_t i = 0; text != NULL && i < globs->n; i++)
		if (glob_match(globs->items[i], text))
			return true;
	return globs->n == 0;
}

static bool
holds(const struct pod_filter *f, const struct pod_facts *facts)
{
	return any_matches(&f->namespaces, facts->namespace_) &&
	       any_matches(&f->names, facts->name) &&
	       selector_matches(&f->labels, facts->labels);
}

static bool
filters_hold(const struct pod_filters *list, const struct pod_facts *facts)
{
	for (size_t i = 0; i < list->n; i++)
		if (holds(&list->items[i], facts) != list->all)
			return !list->all;
	return list->all;
}

/* Is it the namespace that decided?  Told of lists of one filter. */
static bool
by_namespace(const struct pod_filters *list, const struct pod_facts *facts,
    bool matched)
{
	return list->n == 1 && list->items[0].namespaces.n > 0 &&
	       any_matches(&list->items[0].namespaces, facts->namespace_) ==
		   matched;
}

enum pods_cover
pods_cover(const struct policy_pods *pods, const struct pod_facts *facts)
{
	if (pods->match.n > 0 && !filters_hold(&pods->match, facts))
		return by_namespace(&pods->match, facts, false)
			   ? PODS_OTHER_NAMESPACE
			   : PODS_OTHER;
	if (pods->exclude.n > 0 && facts->namespace_ != NULL &&
	    filters_hold(&pods->exclude, facts))
		return by_namespace(&pods->exclude, facts, true)
			   ? PODS_EXCLUDED_NAMESPACE
			   : PODS_EXCLUDED;
	return PODS_COVERED;
}

struct pod_filter *
pod_filters_add(struct pod_filters *list)
{
	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n] = (struct pod_filter){ 0 };
	return &list->items[list->n++];
}

struct pod_filter *
pod_filters_only(struct pod_filters *list)
{
	assert(list->n < 2);
	return list->n == 0 ? pod_filters_add(list) : &list->items[0];
}

void
pod_filters_drop(struct pod_filters *list)
{
	struct pod_filter *last = &list->items[--list->n];

	str_list_clear(&last->namespaces);
	str_list_clear(&last->names);
	selector_clear(&last->labels);
}

static void
filters_clear(struct pod_filters *list)
{
	while (list->n > 0)
		pod_filters_drop(list);
	free(list->items);
}

void
policy_pods_clear(struct policy_pods *pods)
{
	filters_clear(&pods->match);
	filters_clear(&pods->exclude);
	*pods = (struct policy_pods){ 0 };
}

/* Which policies speak about a pull, and what they say of its reference. */
#include "policy/match.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/glob.h"
#include "policy/index.h"

/*
 * The ways to write the reference that globs are tried on.  A tag beside a
 * digest is only a label, which anybody can choose: it may bring an image under
 * a policy, but never take it out of one or make it allowed.
 */
struct forms {
	char *name;
	char *tagged; /* NULL if there is no tag */
	char *pinned; /* NULL if there is no digest */
};

static void
forms_clear(struct forms *f)
{
	free(f->name);
	free(f->tagged);
	free(f->pinned);
}
DEFINE_AUTO_INPLACE(forms, struct forms, forms_clear);

/* A host is the same in any case; a repository has no upper case. */
static struct forms
forms_of(const struct reference *ref)
{
	struct forms f = { .name = mem_strdup(ref->name) };

	assert(ref->tag != NULL || ref->digest != NULL);
	for (char *c = f.name; *c != '\0' && *c != '/'; c++)
		*c = (char)tolower((unsigned char)*c);
	if (ref->tag != NULL)
		f.tagged = str_printf("%s:%s", f.name, ref->tag);
	if (ref->digest != NULL)
		f.pinned = str_printf("%s@%s", f.name, ref->digest);
	return f;
}

static bool
any_matches(const struct str_list *globs, const char *text)
{
	for (size_t i = 0; text != NULL && i < globs->n; i++)
		if (glob_match(globs->items[i], text))
			return true;
	return false;
}

static bool
any_matches_certainly(const struct str_list *globs, const struct forms *f)
{
	return any_matches(globs, f->name) || any_matches(globs, f->pinned) ||
	       (f->pinned == NULL && any_matches(globs, f->tagged));
}

static bool
any_matches_possibly(const struct str_list *globs, const struct forms *f)
{
	return any_matches(globs, f->name) || any_matches(globs, f->pinned) ||
	       any_matches(globs, f->tagged);
}

static enum policy_cover
covers(const struct policy *p, const struct forms *f,
    const struct policy_facts *facts)
{
	if (p->namespaces.n > 0 &&
	    !any_matches(&p->namespaces, facts->namespace_))
		return POLICY_OTHER_NAMESPACE;
	if (any_matches(&p->exclude_namespaces, facts->namespace_))
		return POLICY_EXCLUDED_NAMESPACE;
	if (!selector_matches(&p->pods, facts->labels))
		return POLICY_OTHER_POD;
	if (!any_matches_possibly(&p->images, f))
		return POLICY_OTHER_IMAGE;
	if (any_matches_certainly(&p->exclude_images, f))
		return POLICY_EXCLUDED_IMAGE;
	return POLICY_COVERS;
}

enum policy_cover
policy_covers(const struct policy *policy, const struct policy_facts *facts)
{
	AUTO(forms) struct forms forms = forms_of(facts->ref);

	return covers(policy, &forms, facts);
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

/* In the set's order.  A name begins what stands for it with a tag or a digest,
 * so those are enough. */
static void
find_candidates(const struct policy_set *set, const struct forms *f,
    struct policy_candidates *ret)
{
	assert(set->index != NULL);
	if (f->tagged != NULL)
		policy_index_find(set->index, f->tagged, ret);
	if (f->pinned != NULL)
		policy_index_find(set->index, f->pinned, ret);
	if (ret->n > 1)
		qsort(ret->items, ret->n, sizeof(*ret->items), compare);
}

void
policy_match(const struct policy_set *set, const struct policy_facts *facts,
    struct policy_matches *ret)
{
	AUTO(forms) struct forms forms = forms_of(facts->ref);
	AUTO(candidates) struct policy_candidates all = { 0 };

	find_candidates(set, &forms, &all);
	*ret = (struct policy_matches){ 0 };
	for (size_t i = 0; i < all.n; i++) {
		const struct policy *p = set->items[all.items[i]];

		if ((i > 0 && all.items[i] == all.items[i - 1]) ||
		    covers(p, &forms, facts) != POLICY_COVERS)
			continue;
		ret->items = mem_grow(ret->items, ret->n, &ret->cap,
		    sizeof(*ret->items));
		ret->items[ret->n++] = p;
	}
}

void
policy_matches_clear(struct policy_matches *m)
{
	free(m->items);
	*m = (struct policy_matches){ 0 };
}

int
policy_check_reference(const struct policy *policy,
    const struct policy_facts *facts, struct err *e)
{
	AUTO(forms) struct forms forms = forms_of(facts->ref);
	const struct policy_reference *rules = &policy->reference;
	const struct reference *ref = facts->ref;

	if (rules->allow.n > 0 && !any_matches_certainly(&rules->allow, &forms))
		return err_set(e, ERR_NOT_ALLOWED,
		    "image is not from an allowed registry");
	if (ref->digest != NULL)
		return 0;
	if (rules->require_digest)
		return err_set(e, ERR_NOT_ALLOWED,
		    "image is not named by digest");
	if (any_matches(&rules->deny_tags, ref->tag))
		return err_set(e, ERR_NOT_ALLOWED, "tag %s is denied",
		    ref->tag);
	return 0;
}

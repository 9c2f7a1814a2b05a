/* Exemptions: what they cover, and until when. */
#include "policy/exemption.h"

#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "policy/glob.h"
#include "policy/names.h"

static bool
is_for_namespace(const struct policy_exemption *x, const char *namespace_)
{
	for (size_t i = 0; namespace_ != NULL && i < x->namespaces.n; i++)
		if (glob_match(x->namespaces.items[i], namespace_))
			return true;
	return x->namespaces.n == 0;
}

/* What makes an image allowed must match for certain. */
static enum policy_cover
covers(const struct policy_exemption *x, const struct all_names *names,
    const struct policy_facts *facts, const char *const *digests,
    size_t ndigests)
{
	if (!is_for_namespace(x, facts->pod.namespace_))
		return POLICY_OTHER_NAMESPACE;
	if (names_match_certainly(&x->images, POLICY_OURS, names) ||
	    digest_list_has(&x->digests, digests, ndigests))
		return POLICY_COVERS;
	return POLICY_OTHER_IMAGE;
}

enum policy_cover
policy_exemption_covers(const struct policy_exemption *x,
    const struct policy_facts *facts, const char *const *digests,
    size_t ndigests)
{
	AUTO(names) struct all_names names;

	names_make(facts->ref, facts->written, &names);
	return covers(x, &names, facts, digests, ndigests);
}

static bool
is_over(const struct policy_exemption *x, int64_t now)
{
	return now > x->not_after;
}

const struct policy_exemption *
policy_exempts(const struct policy_set *set, const struct policy_facts *facts,
    const char *const *digests, size_t ndigests, int64_t now)
{
	AUTO(names) struct all_names names = { 0 };

	if (set->nexemptions > 0)
		names_make(facts->ref, facts->written, &names);
	for (size_t i = 0; i < set->nexemptions; i++) {
		const struct policy_exemption *x = set->exemptions[i];

		if (!is_over(x, now) && covers(x, &names, facts, digests,
					    ndigests) == POLICY_COVERS)
			return x;
	}
	return NULL;
}

char *
policy_exemption_expiry(const struct policy_exemption *x, int64_t now)
{
	char at[RFC3339_TEXT_MAX];

	if (!is_over(x, now))
		return NULL;
	rfc3339_text(x->not_after, at);
	return str_printf("it expired at %s and has no effect", at);
}

static int
check_name(const struct policy_exemption *a, const struct policy_exemption *b,
    struct diag *d)
{
	if (strcmp(a->name, b->name) != 0)
		return 0;
	return diag_add(d, b->pos,
	    "there is another exemption \"%s\" at %s:%u:%u", b->name,
	    a->pos.file, a->pos.line, a->pos.column);
}

static int
check_time(const struct policy_exemption *x, int64_t now, struct diag *d)
{
	AUTO(str) char *expiry = policy_exemption_expiry(x, now);
	char latest[RFC3339_TEXT_MAX];

	if (expiry != NULL)
		diag_warn(d, x->not_after_pos, "exemption \"%s\": %s", x->name,
		    expiry);
	if (x->not_after - now <= POLICY_EXEMPTION_MAX_S)
		return 0;
	rfc3339_text(now + POLICY_EXEMPTION_MAX_S, latest);
	return diag_add(d, x->not_after_pos,
	    "notAfter may be 7 days from now at most, which is %s", latest);
}

int
policy_exemptions_check(const struct policy_set *set, int64_t now,
    struct diag *d)
{
	int bad = 0;

	for (size_t i = 0; i < set->nexemptions; i++) {
		const struct policy_exemption *x = set->exemptions[i];

		if (i > 0)
			bad |= check_name(set->exemptions[i - 1], x, d);
		bad |= check_time(x, now, d);
	}
	return bad;
}

static int
compare(const void *a, const void *b)
{
	const struct policy_exemption *x =
	    *(const struct policy_exemption *const *)a;
	const struct policy_exemption *y =
	    *(const struct policy_exemption *const *)b;

	return policy_order(x->name, x->pos, y->name, y->pos);
}

void
policy_exemptions_sort(struct policy_exemption **items, size_t n)
{
	if (n > 1)
		qsort(items, n, sizeof(struct policy_exemption *), compare);
}

void
policy_exemption_free(struct policy_exemption *x)
{
	if (x == NULL)
		return;
	str_list_clear(&x->images);
	str_list_clear(&x->digests);
	str_list_clear(&x->namespaces);
	free(x->name);
	free(x->reason);
	free(x);
}

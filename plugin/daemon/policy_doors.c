/* What policies let through that do not hold, and what is let through all the same. */
#include "daemon/policy_doors.h"

#include "base/mem.h"
#include "base/rfc3339.h"
#include "policy/exemption.h"

/* "a, b and 3 more" */
static char *
name_some(const struct str_list *all)
{
	AUTO(str_list) struct str_list first = { 0 };
	AUTO(str) char *text = NULL;

	for (size_t i = 0; i < all->n && i < POLICY_DOORS_NAMES; i++)
		str_list_add(&first, all->items[i]);
	text = str_list_join(&first, ", ");
	return all->n == first.n
		   ? TAKE(text)
		   : str_printf("%s and %zu more", text, all->n - first.n);
}

/* "web (audit)", "web (warn in dev-*)"; NULL if it is enforced everywhere. */
static char *
weakness_of(const struct policy *p)
{
	if (p->action != POLICY_ENFORCE)
		return str_printf("%s (%s)", p->name,
		    policy_action_name(p->action));
	for (size_t i = 0; i < p->noverrides; i++) {
		const struct policy_override *o = &p->overrides[i];

		if (o->action != POLICY_ENFORCE && o->namespaces.n > 0)
			return str_printf("%s (%s in %s%s)", p->name,
			    policy_action_name(o->action),
			    o->namespaces.items[0],
			    o->namespaces.n > 1 ? " and others" : "");
	}
	return NULL;
}

static void
look_at_actions(const struct policy_set *set, struct door_list *ret)
{
	static const char remedy[] =
	    "set `action: enforce` in the policies that have shown to be right, for all namespaces";
	AUTO(str_list) struct str_list weak = { 0 };
	AUTO(str) char *names = NULL;

	for (size_t i = 0; i < set->n; i++) {
		char *weakness = weakness_of(set->items[i]);

		if (weakness != NULL)
			str_list_own(&weak, weakness);
	}
	if (weak.n == 0) {
		door_add(ret, "policies", DOOR_CLOSED,
		    str_printf("%zu of %zu policies are enforced", set->n,
			set->n),
		    remedy);
		return;
	}
	names = name_some(&weak);
	door_add(ret, "policies", DOOR_OPEN,
	    str_printf(
		"%zu of %zu policies are not enforced for all they cover: %s",
		weak.n, set->n, names),
	    remedy);
}

static void
look_at_exemptions(const struct policy_set *set, int64_t now,
    struct door_list *ret)
{
	static const char remedy[] =
	    "sign the images that are exempted, and remove the Exemption";
	AUTO(str_list) struct str_list valid = { 0 };
	AUTO(str) char *names = NULL;

	for (size_t i = 0; i < set->nexemptions; i++) {
		const struct policy_exemption *x = set->exemptions[i];
		char until[RFC3339_TEXT_MAX];

		if (now > x->not_after)
			continue;
		rfc3339_text(x->not_after, until);
		str_list_own(&valid,
		    str_printf("%s (until %s)", x->name, until));
	}
	if (valid.n == 0) {
		door_add(ret, "exemptions", DOOR_CLOSED,
		    mem_strdup("no Exemption is in force"), remedy);
		return;
	}
	names = name_some(&valid);
	door_add(ret, "exemptions", DOOR_OPEN,
	    str_printf("%zu %s in force: %s", valid.n,
		valid.n == 1 ? "Exemption is" : "Exemptions are", names),
	    remedy);
}

void
policy_doors_look(const struct policy_set *set, int64_t now,
    struct door_list *ret)
{
	look_at_actions(set, ret);
	look_at_exemptions(set, now, ret);
}

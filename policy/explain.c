/* Which policies cover a pull, which not and why, and what each asks. */
#include "policy/explain.h"

#include "base/str.h"
#include "policy/describe.h"
#include "policy/exemption.h"

static const char *
why_other_namespace(const struct policy_facts *facts)
{
	return facts->pod.namespace_ == NULL
		   ? "it is for pods of some namespaces, and the pull names no pod"
		   : "no pattern of namespaces matches";
}

static const char *
why(const struct policy *p, enum policy_cover cover,
    const struct policy_facts *facts)
{
	switch (cover) {
	case POLICY_COVERS:
		return NULL;
	case POLICY_OTHER_NAMESPACE:
		return why_other_namespace(facts);
	case POLICY_EXCLUDED_NAMESPACE:
		return "it excludes this namespace";
	case POLICY_OTHER_POD:
		return p->dialect == POLICY_OURS ? "podSelector does not match"
						 : "it is for other pods";
	case POLICY_EXCLUDED_POD:
		return "it excludes this pod";
	case POLICY_OTHER_IMAGE:
		return "no pattern of images matches";
	case POLICY_EXCLUDED_IMAGE:
		return "it excludes this image";
	}
	return "?";
}

static struct json *attestor(const struct policy_attestor *a);

static struct json *
entry(const struct policy_entry *e)
{
	struct json *j = describe_entry(e);

	if (e->nested != NULL)
		json_set(j, "attestor", attestor(e->nested));
	return j;
}

/* As deep as documents and names are; a policy has POLICY_LEAVES_MAX entries. */
static struct json *
attestor(const struct policy_attestor *a)
{
	const struct policy_attestor *real = policy_attestor_real(a);
	struct json *j = describe_attestor(a), *entries = json_new_array();

	for (size_t i = 0; i < real->nentries; i++)
		json_add(entries, entry(&real->entries[i]));
	json_set(j, "entries", entries);
	return j;
}

static struct json *
attestors(const struct policy_attestors *list)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < list->n; i++)
		json_add(j, attestor(&list->items[i]));
	return j;
}

static struct json *
attestations(const struct policy *p)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < p->nattestations; i++) {
		const struct policy_attestation *a = &p->attestations[i];
		struct json *one = json_new_object();

		json_set_text(one, "type", a->type);
		json_set(one, "conditions", json_new_bool(a->conditions.n > 0));
		json_set(one, "attestors", attestors(&a->attestors));
		json_add(j, one);
	}
	return j;
}

static struct json *
reference(const struct policy_reference *r)
{
	struct json *j = json_new_object();

	json_set(j, "allow", describe_texts(&r->allow));
	json_set(j, "denyTags", describe_texts(&r->deny_tags));
	json_set(j, "patterns", describe_texts(&r->patterns));
	json_set(j, "requireDigest", json_new_bool(r->require_digest));
	return j;
}

static struct json *
digests(const struct policy_digests *lists, const struct reference *ref)
{
	static const char *const words[] = { [POLICY_LISTED_ALLOW] = "allow",
		[POLICY_LISTED_DENY] = "deny" };
	struct json *j = describe_digests(lists);
	const char *named = ref->digest;

	json_set_text(j, "listed",
	    words[policy_digests_look(lists, &named, 1)]);
	return j;
}

static void
set_place(struct json *j, struct diag_pos pos)
{
	AUTO(str)
	char *at = str_printf("%s:%u:%u", pos.file, pos.line, pos.column);

	json_set_text(j, "at", at);
}

static struct json *
explain_one(const struct policy *p, const struct policy_facts *facts)
{
	struct json *j = json_new_object();
	enum policy_cover cover = policy_covers(p, facts);

	json_set_text(j, "name", p->name);
	set_place(j, p->pos);
	json_set(j, "covers", json_new_bool(cover == POLICY_COVERS));
	json_set_text(j, "why", why(p, cover, facts));
	json_set_text(j, "action",
	    policy_action_name(policy_action_for(p, facts->pod.namespace_)));
	json_set_text(j, "failurePolicy",
	    p->failure == POLICY_IGNORE ? "Ignore" : "Fail");
	json_set_integer(j, "timeoutMs", p->timeout_ms);
	json_set(j, "reference", reference(&p->reference));
	json_set(j, "digests", digests(&p->digests, facts->ref));
	json_set(j, "onlyDenies", json_new_bool(policy_only_denies(p)));
	json_set(j, "attestors", attestors(&p->attestors));
	json_set(j, "attestations", attestations(p));
	return j;
}

static const char *
why_not_exempt(const struct policy_exemption *x, enum policy_cover cover,
    const struct policy_facts *facts)
{
	if (cover == POLICY_COVERS)
		return NULL;
	if (cover == POLICY_OTHER_NAMESPACE)
		return why_other_namespace(facts);
	if (x->digests.n == 0)
		return "no pattern of images matches";
	return facts->ref->digest == NULL
		   ? "it lists digests, and which one the tag means is not known here"
		   : "neither its images nor its digests match";
}

static struct json *
explain_exemption(const struct policy_exemption *x,
    const struct policy_facts *facts, int64_t now)
{
	struct json *j = describe_exemption(x);
	AUTO(str) char *expiry = policy_exemption_expiry(x, now);
	const char *named = facts->ref->digest;
	enum policy_cover cover = policy_exemption_covers(x, facts, &named, 1);

	set_place(j, x->pos);
	json_set(j, "covers",
	    json_new_bool(cover == POLICY_COVERS && expiry == NULL));
	json_set_text(j, "why",
	    expiry != NULL ? expiry : why_not_exempt(x, cover, facts));
	return j;
}

static struct json *
exemptions(const struct policy_set *set, const struct policy_facts *facts,
    int64_t now)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < set->nexemptions; i++)
		json_add(j, explain_exemption(set->exemptions[i], facts, now));
	return j;
}

struct json *
policy_explain(const struct policy_set *set, const struct policy_facts *facts,
    int64_t now)
{
	struct json *j = json_new_object(), *policies = json_new_array();

	json_set_text(j, "image", facts->ref->text);
	json_set_text(j, "namespace", facts->pod.namespace_);
	for (size_t i = 0; i < set->n; i++)
		json_add(policies, explain_one(set->items[i], facts));
	json_set(j, "policies", policies);
	json_set(j, "exemptions", exemptions(set, facts, now));
	return j;
}

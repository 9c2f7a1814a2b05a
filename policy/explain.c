/* Which policies cover a pull, which not and why, and what each asks. */
#include "policy/explain.h"

#include "base/str.h"

static const char *
why(enum policy_cover cover, const struct policy_facts *facts)
{
	switch (cover) {
	case POLICY_COVERS:
		return NULL;
	case POLICY_OTHER_NAMESPACE:
		return facts->namespace_ == NULL
			   ? "it is for pods of some namespaces, and the pull names no pod"
			   : "no pattern of namespaces matches";
	case POLICY_EXCLUDED_NAMESPACE:
		return "excludeNamespaces matches";
	case POLICY_OTHER_POD:
		return "podSelector does not match";
	case POLICY_OTHER_IMAGE:
		return "no pattern of images matches";
	case POLICY_EXCLUDED_IMAGE:
		return "excludeImages matches";
	}
	return "?";
}

static struct json *
texts(const struct str_list *list)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < list->n; i++)
		json_add(j, json_new_text(list->items[i]));
	return j;
}

static struct json *
entry(const struct policy_entry *e)
{
	struct json *j = json_new_object(), *annotations = json_new_object();

	json_set_text(j, "keys",
	    e->keys.file != NULL ? e->keys.file : "publicKeys");
	json_set(j, "fingerprints", texts(&e->keys.fingerprints));
	for (size_t i = 0; i < e->annotations.n; i++)
		json_set_text(annotations, e->annotations.items[i].key,
		    e->annotations.items[i].value);
	json_set(j, "annotations", annotations);
	return j;
}

static struct json *
attestor(const struct policy_attestor *a)
{
	struct json *j = json_new_object(), *entries = json_new_array();

	json_set_integer(j, "count", (int64_t)a->count);
	json_set_integer(j, "of", (int64_t)a->nentries);
	json_set_text(j, "repository", a->repository);
	for (size_t i = 0; i < a->nentries; i++)
		json_add(entries, entry(&a->entries[i]));
	json_set(j, "entries", entries);
	return j;
}

static struct json *
reference(const struct policy_reference *r)
{
	struct json *j = json_new_object();

	json_set(j, "allow", texts(&r->allow));
	json_set(j, "denyTags", texts(&r->deny_tags));
	json_set(j, "requireDigest", json_new_bool(r->require_digest));
	return j;
}

static const char *
action(const struct policy *p)
{
	static const char *const words[] = { [POLICY_ENFORCE] = "enforce",
		[POLICY_WARN] = "warn",
		[POLICY_AUDIT] = "audit" };

	return words[p->action];
}

static struct json *
explain_one(const struct policy *p, const struct policy_facts *facts)
{
	struct json *j = json_new_object(), *attestors = json_new_array();
	enum policy_cover cover = policy_covers(p, facts);
	AUTO(str)
	char *at =
	    str_printf("%s:%u:%u", p->pos.file, p->pos.line, p->pos.column);

	json_set_text(j, "name", p->name);
	json_set_text(j, "at", at);
	json_set(j, "covers", json_new_bool(cover == POLICY_COVERS));
	json_set_text(j, "why", why(cover, facts));
	json_set_text(j, "action", action(p));
	json_set_text(j, "failurePolicy",
	    p->failure == POLICY_IGNORE ? "Ignore" : "Fail");
	json_set_integer(j, "timeoutMs", p->timeout_ms);
	json_set(j, "reference", reference(&p->reference));
	for (size_t i = 0; i < p->nattestors; i++)
		json_add(attestors, attestor(&p->attestors[i]));
	json_set(j, "attestors", attestors);
	return j;
}

struct json *
policy_explain(const struct policy_set *set, const struct policy_facts *facts)
{
	struct json *j = json_new_object(), *policies = json_new_array();

	json_set_text(j, "image", facts->ref->text);
	json_set_text(j, "namespace", facts->namespace_);
	for (size_t i = 0; i < set->n; i++)
		json_add(policies, explain_one(set->items[i], facts));
	json_set(j, "policies", policies);
	return j;
}

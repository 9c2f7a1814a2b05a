/* What a policy asks for, told to programs. */
#include "policy/describe.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/rfc3339.h"

struct json *
describe_texts(const struct str_list *list)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < list->n; i++)
		json_add(j, json_new_text(list->items[i]));
	return j;
}

struct json *
describe_pairs(const struct str_map *map)
{
	struct json *object = json_new_object();

	for (size_t i = 0; i < map->n; i++)
		json_set_text(object, map->items[i].key, map->items[i].value);
	return object;
}

static const char *
kind_name(enum policy_entry_kind kind)
{
	switch (kind) {
	case POLICY_ENTRY_KEYS:
		return "keys";
	case POLICY_ENTRY_KEYLESS:
		return "keyless";
	case POLICY_ENTRY_CERTIFICATES:
		return "certificates";
	case POLICY_ENTRY_NESTED:
		return "attestor";
	case POLICY_ENTRY_PASS:
		return "pass";
	case POLICY_ENTRY_FAIL:
		return "fail";
	case POLICY_ENTRY_NONE:
		break;
	}
	abort();
}

static const char *
source_of(const struct policy_keys *keys)
{
	if (keys->kms != NULL)
		return keys->kms;
	return keys->file != NULL ? keys->file : "publicKeys";
}

static const char *
how_name(enum policy_how how)
{
	switch (how) {
	case POLICY_EXACTLY:
		return "";
	case POLICY_WILDCARD:
		return "like ";
	case POLICY_REGEXP:
		return "matching ";
	case POLICY_REGEXP_PART:
		return "containing ";
	}
	abort();
}

/* "a and b" or "a or b"; "any" for none. */
static char *
join_texts(const struct policy_texts *list, const char *between)
{
	AUTO(str_list) struct str_list all = { 0 };

	for (size_t i = 0; i < list->n; i++)
		str_list_own(&all,
		    str_printf("%s%s", how_name(list->items[i].how),
			list->items[i].text));
	return all.n == 0 ? mem_strdup("any") : str_list_join(&all, between);
}

static struct json *
identities(const struct policy_keyless *k)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < k->n; i++) {
		struct json *one = json_new_object();
		AUTO(str)
		char *issuer = join_texts(&k->items[i].issuers, " and ");
		AUTO(str)
		char *subject = join_texts(&k->items[i].subjects, " or ");

		json_set_text(one, "issuer", issuer);
		json_set_text(one, "subject", subject);
		json_add(j, one);
	}
	return j;
}

struct json *
describe_entry(const struct policy_entry *entry)
{
	struct json *j = json_new_object();

	json_set_text(j, "kind", kind_name(entry->kind));
	if (entry->name != NULL)
		json_set_text(j, "name", entry->name);
	if (entry->kind == POLICY_ENTRY_KEYS) {
		json_set_text(j, "from", source_of(&entry->keys));
		json_set(j, "keys", describe_texts(&entry->keys.fingerprints));
	}
	if (entry->kind == POLICY_ENTRY_KEYLESS)
		json_set(j, "identities", identities(&entry->keyless));
	if (!policy_entry_has_place(entry))
		return j;
	json_set_text(j, "repository", entry->repository);
	json_set(j, "annotations", describe_pairs(&entry->annotations));
	if (entry->predicates.n > 0)
		json_set(j, "predicateTypes",
		    describe_texts(&entry->predicates));
	return j;
}

struct json *
describe_attestor(const struct policy_attestor *a)
{
	const struct policy_attestor *real = policy_attestor_real(a);
	struct json *j = json_new_object();

	if (real->name != NULL)
		json_set_text(j, "name", real->name);
	json_set_integer(j, "count", (int64_t)real->count);
	json_set_integer(j, "of", (int64_t)real->nentries);
	return j;
}

struct json *
describe_digests(const struct policy_digests *lists)
{
	struct json *j = json_new_object();

	json_set(j, "allow", describe_texts(&lists->allow));
	json_set(j, "deny", describe_texts(&lists->deny));
	return j;
}

struct json *
describe_exemption(const struct policy_exemption *x)
{
	struct json *j = json_new_object();
	char until[RFC3339_TEXT_MAX];

	rfc3339_text(x->not_after, until);
	json_set_text(j, "name", x->name);
	json_set(j, "images", describe_texts(&x->images));
	json_set(j, "digests", describe_texts(&x->digests));
	json_set(j, "namespaces", describe_texts(&x->namespaces));
	json_set_text(j, "reason", x->reason);
	json_set_text(j, "notAfter", until);
	return j;
}

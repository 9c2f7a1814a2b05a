/* The attestors of an ImagePolicy: who has to have signed. */
#include "policy/image_policy.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "image/reference.h"
#include "policy/fields.h"

#define PEM_BEGIN "-----BEGIN PUBLIC KEY-----"

DEFINE_NOT_YET(read_kms, "kms");
DEFINE_NOT_YET(read_secret, "secret");
DEFINE_NOT_YET(read_keyless, "keyless");
DEFINE_NOT_YET(read_certificates, "certificates");
DEFINE_NOT_YET(read_nested, "a nested attestor");
DEFINE_NOT_YET(read_ctlog, "ctlog");
DEFINE_NOT_YET(read_rekor_url, "rekor.url");
DEFINE_NOT_YET(read_rekor_pubkey, "rekor.pubkey");

/* An entry while it is read. */
struct draft {
	struct policy_entry *entry;
	bool ignores_log;
};

/* The text is never quoted: it may be a private key by mistake. */
static int
read_public_keys(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_keys *keys = obj;
	const char *text = NULL;

	if (field_text_read(node, "publicKeys", &text, d) < 0)
		return -1;
	if (strstr(text, PEM_BEGIN) == NULL)
		return diag_add(d, node->pos,
		    "publicKeys must be PEM text (\"" PEM_BEGIN "\"); a file "
		    "is named with file");
	keys->pem = mem_strdup(text);
	return 0;
}

static int
read_file(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "file", &text, d) < 0)
		return -1;
	((struct policy_keys *)obj)->file = mem_strdup(text);
	return 0;
}

static int
read_keys(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "publicKeys", read_public_keys, false },
		{ "file", read_file, false },
		{ "kms", read_kms, false },
		{ "secret", read_secret, false },
	};
	struct policy_entry *entry = ((struct draft *)obj)->entry;
	struct policy_keys *keys = &entry->keys;

	keys->pos = node->pos;
	if (yaml_read_mapping(node, "keys", fields, COUNT_OF(fields), keys, d) <
	    0)
		return -1;
	if ((keys->pem == NULL) == (keys->file == NULL))
		return diag_add(d, node->pos,
		    "keys needs either publicKeys or file");
	entry->kind = POLICY_ENTRY_KEYS;
	return 0;
}

static int
read_annotations(const struct yaml_node *node, void *obj, struct diag *d)
{
	return field_map_read(node, "annotations",
	    &((struct draft *)obj)->entry->annotations, d);
}

static int
read_ignore_tlog(const struct yaml_node *node, void *obj, struct diag *d)
{
	return yaml_read_bool(node, &((struct draft *)obj)->ignores_log, d);
}

static int
read_rekor(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "ignoreTlog", read_ignore_tlog, false },
		{ "url", read_rekor_url, false },
		{ "pubkey", read_rekor_pubkey, false },
	};

	return yaml_read_mapping(node, "rekor", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_entry(const struct yaml_node *node, struct policy_entry *entry,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "keys", read_keys, false },
		{ "keyless", read_keyless, false },
		{ "certificates", read_certificates, false },
		{ "attestor", read_nested, false },
		{ "annotations", read_annotations, false },
		{ "rekor", read_rekor, false },
		{ "ctlog", read_ctlog, false },
	};
	struct draft draft = { .entry = entry };
	const struct yaml_node *rekor = yaml_get(node, "rekor");

	entry->pos = node->pos;
	if (yaml_read_mapping(node, "an entry", fields, COUNT_OF(fields),
		&draft, d) < 0)
		return -1;
	if (entry->kind == POLICY_ENTRY_NONE)
		return diag_add(d, node->pos, "an entry needs keys");
	if (!draft.ignores_log)
		return diag_add(d, rekor == NULL ? node->pos : rekor->pos,
		    "verification against a transparency log is not supported "
		    "yet; set rekor: {ignoreTlog: true} to let the key alone "
		    "decide");
	return 0;
}

static int
read_entries(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_attestor *a = obj;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "entries must be a list");
	if (node->n == 0)
		return diag_add(d, node->pos,
		    "entries is empty: nobody could sign");
	a->entries = mem_zalloc(node->n * sizeof(*a->entries));
	a->nentries = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_entry(node->items[i], &a->entries[i], d);
	return bad;
}

static int
read_count(const struct yaml_node *node, void *obj, struct diag *d)
{
	long long count = 0;

	if (yaml_read_number(node, 1, YAML_NODES_MAX, &count, d) < 0)
		return -1;
	((struct policy_attestor *)obj)->count = (size_t)count;
	return 0;
}

/* "registry/repository"; a tag or digest would be silently without effect. */
static int
read_repository(const struct yaml_node *node, void *obj, struct diag *d)
{
	AUTO(reference) struct reference *ref = NULL;
	const char *text = NULL, *last;
	struct err e = { 0 };

	if (field_text_read(node, "repository", &text, d) < 0)
		return -1;
	if (reference_parse(slice_str(text), &ref, &e) < 0)
		return diag_add(d, node->pos, "repository: %s", e.msg);
	last = strrchr(text, '/');
	if (strpbrk(last == NULL ? text : last, ":@") != NULL)
		return diag_add(d, node->pos,
		    "repository must have neither tag nor digest");
	((struct policy_attestor *)obj)->repository = mem_strdup(ref->name);
	return 0;
}

static int
read_attestor(const struct yaml_node *node, struct policy_attestor *a,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "count", read_count, false },
		{ "entries", read_entries, true },
		{ "repository", read_repository, false },
	};

	a->pos = node->pos;
	if (yaml_read_mapping(node, "an attestor", fields, COUNT_OF(fields), a,
		d) < 0)
		return -1;
	if (a->count > a->nentries)
		return diag_add(d, yaml_get(node, "count")->pos,
		    "count is %zu, and there are only %zu entries", a->count,
		    a->nentries);
	if (a->count == 0)
		a->count = a->nentries;
	assert(a->count > 0);
	return 0;
}

int
image_attestors_read(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = obj;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "attestors must be a list");
	if (node->n == 0)
		return diag_add(d, node->pos,
		    "attestors is empty: leave it out to ask for no "
		    "signatures");
	p->attestors = mem_zalloc(node->n * sizeof(*p->attestors));
	p->nattestors = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_attestor(node->items[i], &p->attestors[i], d);
	return bad;
}

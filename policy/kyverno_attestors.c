/* Kyverno's attestors. */
#include "policy/kyverno_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/entry_fields.h"
#include "policy/fields.h"

#define BEGIN_KEY "-----BEGIN PUBLIC KEY-----"
#define END_KEY   "-----END PUBLIC KEY-----"

/* An attestor while it is read. */
struct set_draft {
	const struct kyverno_signers *defaults;
	struct policy_attestor *attestor;
	size_t cap;
};

static int
no_secret(const struct yaml_node *node, struct diag *d)
{
	return diag_add(d, node->pos,
	    "a Secret of the cluster cannot be read on a node; write the public "
	    "key itself");
}

/* PEM text, the address of a key, or what only the cluster knows. */
static int
take_key(const struct yaml_node *node, const char *text,
    struct policy_keys *keys, struct diag *d)
{
	if (strstr(text, "{{") != NULL)
		return diag_add(d, node->pos,
		    "publicKeys has a variable, which is not known at pull "
		    "time");
	if (str_starts(text, "k8s://"))
		return no_secret(node, d);
	if (entry_is_kms(text)) {
		keys->kms = mem_strdup(text);
		return 0;
	}
	if (strstr(text, BEGIN_KEY) == NULL)
		return diag_add(d, node->pos,
		    "publicKeys must be PEM text (\"" BEGIN_KEY
		    "\") or the URI of a KMS");
	keys->pem = mem_strdup(text);
	return 0;
}

static int
read_public_keys(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_keys *keys = &((struct entry_draft *)obj)->entry->keys;
	const char *text = NULL;

	if (field_text_read(node, "publicKeys", &text, d) < 0)
		return -1;
	return take_key(node, text, keys, d);
}

static int
read_kms(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_keys *keys = &((struct entry_draft *)obj)->entry->keys;
	const char *text = NULL;

	if (field_text_read(node, "kms", &text, d) < 0)
		return -1;
	if (!entry_is_kms(text))
		return diag_add(d, node->pos,
		    "kms must be a URI of awskms://, gcpkms://, azurekms:// or "
		    "hashivault://");
	free(keys->kms);
	keys->kms = mem_strdup(text);
	return 0;
}

static int
read_secret(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)obj;
	return no_secret(node, d);
}

/* The key decides the algorithm; SHA-256 is what cosign uses for the keys it
 * makes. */
static int
read_algorithm(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	(void)obj;
	if (field_text_read(node, "signatureAlgorithm", &text, d) < 0)
		return -1;
	if (strcmp(text, "sha256") != 0)
		return diag_add(d, node->pos,
		    "signatureAlgorithm %.20s is not supported, only sha256",
		    text);
	return 0;
}

static int
read_keys(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "publicKeys", read_public_keys, false },
		{ "kms", read_kms, false },
		{ "secret", read_secret, false },
		{ "signatureAlgorithm", read_algorithm, false },
		{ "rekor", entry_read_rekor, false },
		{ "ctlog", entry_read_ctlog, false },
	};
	struct policy_entry *entry = ((struct entry_draft *)obj)->entry;

	entry->kind = POLICY_ENTRY_KEYS;
	entry->keys.pos = node->pos;
	if (yaml_read_mapping(node, "keys", fields, COUNT_OF(fields), obj, d) <
	    0)
		return -1;
	if ((entry->keys.pem != NULL) + (entry->keys.kms != NULL) != 1)
		return diag_add(d, node->pos,
		    "keys needs one of publicKeys and kms");
	return 0;
}

static int read_set(const struct yaml_node *node,
    const struct kyverno_signers *defaults, struct policy_attestor *a,
    struct diag *d);

/* The defaults go on to the entries below. */
struct nested_draft {
	struct entry_draft entry; /* first: both are one address */
	const struct kyverno_signers *defaults;
};

static int
read_nested(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct nested_draft *draft = obj;
	struct policy_entry *entry = draft->entry.entry;

	entry->kind = POLICY_ENTRY_NESTED;
	entry->nested = MEM_NEW(struct policy_attestor);
	return read_set(node, draft->defaults, entry->nested, d);
}

static void
add_defaults(struct policy_entry *entry, const struct kyverno_signers *defaults)
{
	if (entry->annotations.n == 0)
		str_map_copy(&entry->annotations, defaults->annotations);
	if (entry->repository == NULL)
		entry->repository = mem_strdup_null(defaults->repository);
}

static int
read_entry(const struct yaml_node *node, const struct kyverno_signers *defaults,
    struct policy_entry *entry, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "keys", read_keys, false },
		{ "keyless", entry_read_keyless, false },
		{ "certificates", entry_read_certificates, false },
		{ "attestor", read_nested, false },
		{ "annotations", entry_read_annotations, false },
		{ "repository", entry_read_repository, false },
	};
	struct nested_draft draft = {
		{ entry, POLICY_KYVERNO, defaults->exact }, defaults
	};

	entry->pos = node->pos;
	if (yaml_read_mapping(node, "an entry", fields, COUNT_OF(fields),
		&draft, d) < 0)
		return -1;
	if ((yaml_get(node, "keys") != NULL) +
		(yaml_get(node, "keyless") != NULL) +
		(yaml_get(node, "certificates") != NULL) +
		(yaml_get(node, "attestor") != NULL) !=
	    1)
		return diag_add(d, node->pos,
		    "an entry needs one of keys, keyless, certificates and "
		    "attestor");
	if (entry->kind != POLICY_ENTRY_NESTED)
		add_defaults(entry, defaults);
	entry_remark(entry, d);
	return 0;
}

static struct policy_entry *
add_entry(struct set_draft *s)
{
	struct policy_attestor *a = s->attestor;

	a->entries =
	    mem_grow(a->entries, a->nentries, &s->cap, sizeof(*a->entries));
	a->entries[a->nentries] = (struct policy_entry){ 0 };
	return &a->entries[a->nentries++];
}

/* The nth key block of a text; NULL behind the last. */
static char *
key_block(const char *pem, size_t n)
{
	const char *begin = pem, *end;

	for (;;) {
		end = strstr(begin, END_KEY);
		if (end == NULL)
			return NULL;
		end += strlen(END_KEY);
		if (n-- == 0)
			return mem_strndup(begin, (size_t)(end - begin));
		begin = end;
	}
}

/* A text of several keys means an entry for each of them. */
static int
add_entries(struct set_draft *s, const struct yaml_node *node, struct diag *d)
{
	struct policy_entry *entry = add_entry(s);
	AUTO(str) char *pem = NULL;
	struct diag quiet = { 0 };

	if (read_entry(node, s->defaults, entry, d) < 0)
		return -1;
	if (entry->keys.pem == NULL)
		return 0;
	pem = mem_strdup(entry->keys.pem);
	for (size_t i = 0;; i++) {
		char *block = key_block(pem, i);

		if (block == NULL)
			break;
		if (i > POLICY_LEAVES_MAX) {
			free(block);
			return diag_add(d, node->pos, "more than %d keys",
			    POLICY_LEAVES_MAX);
		}
		if (i > 0) {
			entry = add_entry(s);
			(void)read_entry(node, s->defaults, entry, &quiet);
		}
		free(entry->keys.pem);
		entry->keys.pem = block;
	}
	diag_clear(&quiet);
	return 0;
}

static int
read_entries(const struct yaml_node *node, void *obj, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos, "entries must be a list of some");
	for (size_t i = 0; i < node->n; i++)
		bad |= add_entries(obj, node->items[i], d);
	return bad;
}

/* 0 is all, as no count is. */
static int
read_count(const struct yaml_node *node, void *obj, struct diag *d)
{
	long long count = 0;

	if (yaml_read_number(node, 0, YAML_NODES_MAX, &count, d) < 0)
		return -1;
	((struct set_draft *)obj)->attestor->count = (size_t)count;
	return 0;
}

static int
read_set(const struct yaml_node *node, const struct kyverno_signers *defaults,
    struct policy_attestor *a, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "count", read_count, false },
		{ "entries", read_entries, true },
	};
	struct set_draft s = { defaults, a, 0 };

	a->pos = node->pos;
	if (yaml_read_mapping(node, "an attestor", fields, COUNT_OF(fields), &s,
		d) < 0)
		return -1;
	if (a->count > a->nentries)
		return diag_add(d, yaml_get(node, "count")->pos,
		    "count is %zu, and there are only %zu entries", a->count,
		    a->nentries);
	if (a->count == 0)
		a->count = a->nentries;
	return 0;
}

int
kyverno_attestors_read(const struct yaml_node *node,
    const struct kyverno_signers *defaults, struct policy_attestors *ret,
    struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "attestors must be a list");
	ret->items = mem_calloc(node->n, sizeof(*ret->items));
	ret->n = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_set(node->items[i], defaults, &ret->items[i], d);
	return bad;
}

/* key, or issuer, subject and roots: fields of the item itself. */
static int
read_old_entry(const struct yaml_node *item,
    const struct kyverno_signers *defaults, struct policy_entry *entry,
    struct diag *d)
{
	const struct yaml_node *key = yaml_get(item, "key");
	struct entry_draft draft = { entry, POLICY_KYVERNO, false };
	const char *text = NULL;

	entry->pos = item->pos;
	add_defaults(entry, defaults);
	if (key == NULL)
		return entry_read_old_keyless(item, &draft, d);
	entry->pos = entry->keys.pos = key->pos;
	entry->kind = POLICY_ENTRY_KEYS;
	if (field_text_read(key, "key", &text, d) < 0)
		return -1;
	return take_key(key, text, &entry->keys, d);
}

int
kyverno_old_attestor_read(const struct yaml_node *item,
    const struct kyverno_signers *defaults, struct policy_attestors *ret,
    struct diag *d)
{
	struct policy_attestor *a;
	AUTO(str) char *second = NULL;

	ret->items = mem_calloc(1, sizeof(*ret->items));
	ret->n = 1;
	a = ret->items;
	a->pos = item->pos;
	a->entries = mem_calloc(1, sizeof(*a->entries));
	a->nentries = a->count = 1;
	if (read_old_entry(item, defaults, a->entries, d) < 0)
		return -1;
	entry_remark(a->entries, d);
	if (a->entries[0].keys.pem == NULL)
		return 0;
	second = key_block(a->entries[0].keys.pem, 1);
	if (second != NULL)
		return diag_add(d, a->entries[0].pos,
		    "key holds several keys, which must all sign; write them "
		    "as entries of attestors");
	return 0;
}

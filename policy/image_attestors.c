/* The attestors of an ImagePolicy: who has to have signed. */
#include "policy/image_policy.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "policy/entry_fields.h"
#include "policy/fields.h"

static int
read_public_keys(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_read_pem(node, "publicKeys", "PUBLIC KEY",
	    &((struct policy_keys *)obj)->pem, d);
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
read_kms(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "kms", &text, d) < 0)
		return -1;
	if (!entry_is_kms(text))
		return diag_add(d, node->pos,
		    "kms must be a URI of awskms://, gcpkms://, azurekms:// or "
		    "hashivault://");
	((struct policy_keys *)obj)->kms = mem_strdup(text);
	return 0;
}

static int
read_secret(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)obj;
	return diag_add(d, node->pos,
	    "secret cannot be read on a node; put its cosign.pub there and "
	    "name it with file");
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
	struct policy_entry *entry = ((struct entry_draft *)obj)->entry;
	struct policy_keys *keys = &entry->keys;

	keys->pos = node->pos;
	entry->kind = POLICY_ENTRY_KEYS;
	if (yaml_read_mapping(node, "keys", fields, COUNT_OF(fields), keys, d) <
	    0)
		return -1;
	if ((keys->pem != NULL) + (keys->file != NULL) + (keys->kms != NULL) !=
	    1)
		return diag_add(d, node->pos,
		    "keys needs one of publicKeys, file and kms");
	return 0;
}

static int read_attestor(const struct yaml_node *node,
    struct policy_attestor *a, struct diag *d);

static int
read_nested(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct entry_draft *)obj)->entry;

	entry->kind = POLICY_ENTRY_NESTED;
	entry->nested = MEM_NEW(struct policy_attestor);
	return read_attestor(node, entry->nested, d);
}

/* Who of them says who signs? */
static size_t
count_signers(const struct yaml_node *node)
{
	static const char *const signers[] = { "keys", "keyless",
		"certificates", "attestor" };
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(signers); i++)
		n += yaml_get(node, signers[i]) != NULL;
	return n;
}

/* What an entry says beside a nested attestor would go unheard. */
static int
check_nested(const struct yaml_node *node, const struct policy_entry *entry,
    struct diag *d)
{
	if (entry->kind != POLICY_ENTRY_NESTED || node->n == 1)
		return 0;
	return diag_add(d, node->pos,
	    "beside attestor nothing else can stand: annotations, rekor and "
	    "ctlog belong to its entries");
}

static int
read_trusted_root(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct entry_draft *)obj)->entry;
	const char *text = NULL;

	if (field_text_read(node, "trustedRoot", &text, d) < 0)
		return -1;
	entry->trusted_root = mem_strdup(text);
	return 0;
}

static int
read_entry(const struct yaml_node *node, struct policy_entry *entry,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "keys", read_keys, false },
		{ "keyless", entry_read_keyless, false },
		{ "certificates", entry_read_certificates, false },
		{ "attestor", read_nested, false },
		{ "annotations", entry_read_annotations, false },
		{ "rekor", entry_read_rekor, false },
		{ "ctlog", entry_read_ctlog, false },
		{ "trustedRoot", read_trusted_root, false },
	};
	struct entry_draft draft = { .entry = entry, .dialect = POLICY_OURS };

	entry->pos = node->pos;
	if (yaml_read_mapping(node, "an entry", fields, COUNT_OF(fields),
		&draft, d) < 0)
		return -1;
	if (count_signers(node) != 1)
		return diag_add(d, node->pos,
		    "an entry needs one of keys, keyless, certificates and "
		    "attestor");
	if (check_nested(node, entry, d) < 0)
		return -1;
	entry_remark(entry, d);
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
	a->entries = mem_calloc(node->n, sizeof(*a->entries));
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

/* Where the entries below look that name no place of their own. */
static void
set_repository(struct policy_attestor *a, const char *repository)
{
	for (size_t i = 0; i < a->nentries; i++) {
		struct policy_entry *entry = &a->entries[i];

		if (entry->nested != NULL)
			set_repository(entry->nested, repository);
		else if (entry->repository == NULL)
			entry->repository = mem_strdup(repository);
	}
}

/* Comes after entries, whatever the order in the document. */
static int
read_repository(const struct yaml_node *node, struct policy_attestor *a,
    struct diag *d)
{
	AUTO(str) char *repository = NULL;

	if (entry_repository(node, &repository, d) < 0)
		return -1;
	set_repository(a, repository);
	return 0;
}

static int
skip_repository(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)node;
	(void)obj;
	(void)d;
	return 0;
}

static int
read_attestor_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "name", &text, d) < 0)
		return -1;
	((struct policy_attestor *)obj)->name = mem_strdup(text);
	return 0;
}

static int
check_count(const struct yaml_node *node, struct policy_attestor *a,
    struct diag *d)
{
	if (a->count > a->nentries)
		return diag_add(d, yaml_get(node, "count")->pos,
		    "count is %zu, and there are only %zu entries", a->count,
		    a->nentries);
	if (a->count == 0)
		a->count = a->nentries;
	assert(a->count > 0);
	return 0;
}

static int
read_own_attestor(const struct yaml_node *node, struct policy_attestor *a,
    const char *what, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "count", read_count, false },
		{ "entries", read_entries, true },
		{ "repository", skip_repository, false },
	};
	const struct yaml_node *repository = yaml_get(node, "repository");

	a->pos = node->pos;
	if (yaml_read_mapping(node, what, fields, COUNT_OF(fields), a, d) < 0)
		return -1;
	if (repository != NULL && read_repository(repository, a, d) < 0)
		return -1;
	return check_count(node, a, d);
}

/* One of its own, or {name: …} for one that has a document. */
static int
read_attestor(const struct yaml_node *node, struct policy_attestor *a,
    struct diag *d)
{
	static const struct yaml_field reference[] = {
		{ "name", read_attestor_name, true },
	};

	a->pos = node->pos;
	if (yaml_get(node, "name") == NULL)
		return read_own_attestor(node, a, "an attestor", d);
	return yaml_read_mapping(node, "an attestor with a name", reference,
	    COUNT_OF(reference), a, d);
}

int
image_attestors_read(const struct yaml_node *node, struct policy_attestors *ret,
    struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "attestors must be a list");
	if (node->n == 0)
		return diag_add(d, node->pos,
		    "attestors is empty: leave it out to ask for no "
		    "signatures");
	ret->items = mem_calloc(node->n, sizeof(*ret->items));
	ret->n = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_attestor(node->items[i], &ret->items[i], d);
	return bad;
}

static int
read_named_metadata(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_attestor *a = obj;

	return image_metadata_read(node, &a->name, &a->pos, d);
}

static int
read_named_spec(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_attestor *a = obj;
	struct diag_pos pos = a->pos;
	int r = read_own_attestor(node, a, "spec", d);

	if (pos.file != NULL)
		a->pos = pos;
	return r;
}

static void
attestor_free(struct policy_attestor *a)
{
	if (a != NULL)
		policy_attestor_clear(a);
	free(a);
}
DEFINE_AUTO(attestor, struct policy_attestor *, attestor_free);

int
image_attestor_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "apiVersion", field_nothing_read, true },
		{ "kind", field_nothing_read, true },
		{ "metadata", read_named_metadata, true },
		{ "spec", read_named_spec, true },
	};
	AUTO(attestor)
	struct policy_attestor *a = MEM_NEW(struct policy_attestor);

	if (yaml_read_mapping(root, "Attestor", fields, COUNT_OF(fields), a,
		d) < 0)
		return -1;
	policy_set_own_attestor(set, TAKE(a));
	return 0;
}

/* sigstoreSigned of policy.json: keys, Fulcio, and the name that was signed. */
#include "policy/containers_signed.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "image/reference.h"
#include "policy/entry_fields.h"
#include "policy/fields.h"

/* A requirement while it is read. */
struct requirement {
	struct policy_attestor *attestor;
	size_t cap;
	struct policy_signed_identity identity;
	bool has_log;
	struct str_list log_keys, log_files; /* PEM; paths */
};

static struct policy_entry *
add_entry(struct requirement *r, const struct yaml_node *node,
    enum policy_entry_kind kind)
{
	struct policy_attestor *a = r->attestor;
	struct policy_entry *entry;

	a->entries =
	    mem_grow(a->entries, a->nentries, &r->cap, sizeof(*a->entries));
	entry = &a->entries[a->nentries++];
	*entry = (struct policy_entry){ .kind = kind, .pos = node->pos };
	entry->keys.pos = node->pos;
	return entry;
}

/* PEM in base64, as the file has it. */
static int
decode(const struct yaml_node *node, const char *name, char **ret,
    struct diag *d)
{
	AUTO(buf) struct buf text = buf_with_max(YAML_SIZE_MAX);
	const char *encoded = NULL;
	struct err e = { 0 };

	if (field_text_read(node, name, &encoded, d) < 0)
		return -1;
	if (base64_decode(slice_str(encoded), &text, &e) < 0)
		return diag_add(d, node->pos, "%s: %s", name, e.msg);
	if (slice_has_nul(buf_slice(&text)) ||
	    strstr(buf_text(&text), "-----BEGIN ") == NULL)
		return diag_add(d, node->pos,
		    "%s must be the base64 of PEM text", name);
	*ret = mem_strdup(buf_text(&text));
	return 0;
}

static int
read_path(const struct yaml_node *node, const char *name, char **ret,
    struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, name, &text, d) < 0)
		return -1;
	*ret = mem_strdup(text);
	return 0;
}

static int
read_key_path(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = add_entry(obj, node, POLICY_ENTRY_KEYS);

	return read_path(node, "keyPath", &entry->keys.file, d);
}

static int
read_key_data(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = add_entry(obj, node, POLICY_ENTRY_KEYS);

	return decode(node, "keyData", &entry->keys.pem, d);
}

static int
read_each(const struct yaml_node *node, void *obj,
    int (*read)(const struct yaml_node *, void *, struct diag *),
    const char *name, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos, "%s must be a list of some",
		    name);
	for (size_t i = 0; i < node->n; i++)
		bad |= read(node->items[i], obj, d);
	return bad;
}

static int
read_key_paths(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_each(node, obj, read_key_path, "keyPaths", d);
}

static int
read_key_datas(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_each(node, obj, read_key_data, "keyDatas", d);
}

static int
read_log_path(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct requirement *r = obj;
	char *path = NULL;

	r->has_log = true;
	if (read_path(node, "rekorPublicKeyPath", &path, d) < 0)
		return -1;
	str_list_own(&r->log_files, path);
	return 0;
}

static int
read_log_data(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct requirement *r = obj;
	char *pem = NULL;

	r->has_log = true;
	if (decode(node, "rekorPublicKeyData", &pem, d) < 0)
		return -1;
	str_list_own(&r->log_keys, pem);
	return 0;
}

static int
read_log_paths(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_each(node, obj, read_log_path, "rekorPublicKeyPaths", d);
}

static int
read_log_datas(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_each(node, obj, read_log_data, "rekorPublicKeyDatas", d);
}

static int
read_ca_path(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_path(node, "caPath",
	    &((struct policy_entry *)obj)->keyless.roots_file, d);
}

static int
read_ca_data(const struct yaml_node *node, void *obj, struct diag *d)
{
	return decode(node, "caData",
	    &((struct policy_entry *)obj)->keyless.roots, d);
}

static int
read_issuer(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = obj;

	return entry_add_text(&entry->keyless.items->issuers, node,
	    "oidcIssuer", POLICY_EXACTLY, d);
}

static int
read_email(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = obj;

	return entry_add_text(&entry->keyless.items->subjects, node,
	    "subjectEmail", POLICY_EXACTLY, d);
}

static int
read_fulcio(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "caPath", read_ca_path, false },
		{ "caData", read_ca_data, false },
		{ "oidcIssuer", read_issuer, true },
		{ "subjectEmail", read_email, true },
	};
	struct policy_entry *entry = add_entry(obj, node, POLICY_ENTRY_KEYLESS);
	struct policy_keyless *k = &entry->keyless;

	k->items = mem_calloc(1, sizeof(*k->items));
	k->n = 1;
	if (yaml_read_mapping(node, "fulcio", fields, COUNT_OF(fields), entry,
		d) < 0)
		return -1;
	if ((k->roots == NULL) == (k->roots_file == NULL))
		return diag_add(d, node->pos,
		    "fulcio needs one of caPath and caData");
	return 0;
}

static int
read_pki(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)obj;
	return diag_add(d, node->pos,
	    "pki: signatures by certificate cannot be verified yet");
}

static int
read_rule(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "matchExact",
		"matchRepoDigestOrExact", "matchRepository", "exactReference",
		"exactRepository", "remapIdentity" };
	size_t i = 0;

	if (field_word_read(node, "type", words, COUNT_OF(words), &i, d) < 0)
		return -1;
	((struct policy_signed_identity *)obj)->rule =
	    (enum policy_identity_rule)(POLICY_MATCH_EXACT + (int)i);
	return 0;
}

/* As normalised; what has no tag gets none. */
static int
read_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	AUTO(reference) struct reference *ref = NULL;
	struct policy_signed_identity *id = obj;
	const char *text = NULL;
	struct err e = { 0 };

	if (field_text_read(node, "signedIdentity", &text, d) < 0)
		return -1;
	if (reference_parse(slice_str(text), &ref, &e) < 0)
		return diag_add(d, node->pos, "%s", e.msg);
	free(id->name);
	id->name = mem_strdup(
	    id->rule == POLICY_EXACT_REFERENCE ? ref->text : ref->name);
	return 0;
}

static int
read_prefix(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_path(node, "prefix",
	    &((struct policy_signed_identity *)obj)->name, d);
}

static int
read_signed_prefix(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_path(node, "signedPrefix",
	    &((struct policy_signed_identity *)obj)->signed_prefix, d);
}

/* Which fields there may be beside type depends on it. */
static int
read_identity(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field none[] = {
		{ "type", field_nothing_read, true },
	};
	static const struct yaml_field reference[] = {
		{ "type", field_nothing_read, true },
		{ "dockerReference", read_name, true },
	};
	static const struct yaml_field repository[] = {
		{ "type", field_nothing_read, true },
		{ "dockerRepository", read_name, true },
	};
	static const struct yaml_field remap[] = {
		{ "type", field_nothing_read, true },
		{ "prefix", read_prefix, true },
		{ "signedPrefix", read_signed_prefix, true },
	};
	struct policy_signed_identity *id =
	    &((struct requirement *)obj)->identity;
	const struct yaml_node *type = yaml_get(node, "type");
	const struct yaml_field *fields = none;
	size_t n = COUNT_OF(none);

	if (type == NULL)
		return diag_add(d, node->pos, "signedIdentity needs \"type\"");
	if (read_rule(type, id, d) < 0)
		return -1;
	if (id->rule == POLICY_EXACT_REFERENCE) {
		fields = reference;
		n = COUNT_OF(reference);
	} else if (id->rule == POLICY_EXACT_REPOSITORY) {
		fields = repository;
		n = COUNT_OF(repository);
	} else if (id->rule == POLICY_REMAP) {
		fields = remap;
		n = COUNT_OF(remap);
	}
	return yaml_read_mapping(node, "signedIdentity", fields, n, id, d);
}

static void
copy_identity(struct policy_signed_identity *to,
    const struct policy_signed_identity *from)
{
	to->rule = from->rule;
	to->name = mem_strdup_null(from->name);
	to->signed_prefix = mem_strdup_null(from->signed_prefix);
}

/* cosign signs the repository alone, which the default does not take. */
static void
remark(const struct yaml_node *node, const struct requirement *r,
    struct diag *d)
{
	enum policy_identity_rule rule = r->identity.rule;

	if (rule == POLICY_MATCH_EXACT ||
	    rule == POLICY_MATCH_REPO_DIGEST_OR_EXACT)
		diag_warn(d, node->pos,
		    "signatures of cosign name a repository and no tag, which "
		    "signedIdentity %s does not take: write matchRepository",
		    rule == POLICY_MATCH_EXACT ? "matchExact"
					       : "matchRepoDigestOrExact");
	if (!r->has_log)
		diag_warn(d, node->pos,
		    "without rekorPublicKey the transparency log is not "
		    "required: nothing shows when a signature was made");
}

static int
finish(const struct yaml_node *node, struct requirement *r, struct diag *d)
{
	struct policy_attestor *a = r->attestor;

	if (a->nentries == 0)
		return diag_add(d, node->pos,
		    "sigstoreSigned needs one of keyPath, keyPaths, keyData, "
		    "keyDatas and fulcio");
	if (a->entries[0].kind == POLICY_ENTRY_KEYLESS && !r->has_log)
		return diag_add(d, node->pos, "fulcio needs a rekorPublicKey");
	a->count = 1;
	for (size_t i = 0; i < a->nentries; i++) {
		struct policy_entry *entry = &a->entries[i];

		copy_identity(&entry->identity, &r->identity);
		entry->log.ignore_tlog = !r->has_log;
		entry->log.ignore_sct =
		    true; /* containers/image looks for none */
		if (r->log_keys.n > 0)
			entry->log.rekor_keys =
			    str_list_join(&r->log_keys, "\n");
		str_list_merge(&entry->log.rekor_files, &r->log_files);
		entry_remark(entry, d);
	}
	remark(node, r, d);
	return 0;
}

static int
check_one_source(const struct yaml_node *node, struct diag *d)
{
	static const char *const sources[] = { "keyPath", "keyPaths", "keyData",
		"keyDatas", "fulcio", "pki" };
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(sources); i++)
		n += yaml_get(node, sources[i]) != NULL;
	if (n == 1)
		return 0;
	return diag_add(d, node->pos,
	    "sigstoreSigned needs one of keyPath, keyPaths, keyData, keyDatas "
	    "and fulcio");
}

int
containers_signed_read(const struct yaml_node *node,
    struct policy_attestor *ret, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "type", field_nothing_read, true },
		{ "keyPath", read_key_path, false },
		{ "keyPaths", read_key_paths, false },
		{ "keyData", read_key_data, false },
		{ "keyDatas", read_key_datas, false },
		{ "fulcio", read_fulcio, false },
		{ "pki", read_pki, false },
		{ "rekorPublicKeyPath", read_log_path, false },
		{ "rekorPublicKeyPaths", read_log_paths, false },
		{ "rekorPublicKeyData", read_log_data, false },
		{ "rekorPublicKeyDatas", read_log_datas, false },
		{ "signedIdentity", read_identity, false },
	};
	struct requirement r = { .attestor = ret };
	int bad;

	r.identity.rule = POLICY_MATCH_REPO_DIGEST_OR_EXACT;
	bad = check_one_source(node, d);
	bad |= yaml_read_mapping(node, "sigstoreSigned", fields,
	    COUNT_OF(fields), &r, d);
	if (bad == 0)
		bad = finish(node, &r, d);
	free(r.identity.name);
	free(r.identity.signed_prefix);
	str_list_clear(&r.log_keys);
	str_list_clear(&r.log_files);
	return bad;
}

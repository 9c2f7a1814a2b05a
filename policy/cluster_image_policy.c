/* sigstore's ClusterImagePolicy. */
#include "policy/cluster_image_policy.h"

#include <string.h>

#include "base/mem.h"
#include "policy/entry_fields.h"
#include "policy/fields.h"
#include "policy/pattern.h"

#define UNDECIDABLE(reader, field, why)                                        \
	static int reader(const struct yaml_node *node, void *obj,             \
	    struct diag *d)                                                    \
	{                                                                      \
		(void)obj;                                                     \
		return diag_add(d, node->pos, "%s: %s", field, why);           \
	}                                                                      \
	struct reader##_needs_semicolon

UNDECIDABLE(read_policy, "policy",
    "CUE and Rego are not evaluated; write attestors and attestations as kind "
    "ImagePolicy");
UNDECIDABLE(read_secret_ref, "secretRef",
    "a Secret of the cluster cannot be read on a node; write the key as data");
UNDECIDABLE(read_tag_prefix, "tagPrefix",
    "signatures under tags with a prefix are not looked for");
UNDECIDABLE(read_trust_root, "trustRootRef",
    "a TrustRoot of the cluster cannot be read on a node");

/* Two globs mean the library of Docker Hub. */
static char *
spelled_out(const char *glob)
{
	if (strcmp(glob, "*") == 0)
		return mem_strdup("index.docker.io/library/*");
	if (strcmp(glob, "*/*") == 0)
		return mem_strdup("index.docker.io/*/*");
	return mem_strdup(glob);
}

static int
read_glob(const struct yaml_node *node, void *obj, struct diag *d)
{
	AUTO(str) char *complaint = NULL;
	const char *text = NULL;

	if (field_text_read(node, "glob", &text, d) < 0)
		return -1;
	complaint = pattern_check_sigstore(text);
	if (complaint != NULL)
		return diag_add(d, node->pos, "glob: %s", complaint);
	str_list_own(&((struct policy *)obj)->images, spelled_out(text));
	return 0;
}

static int
read_images(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "glob", read_glob, true },
	};
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos, "images must be a list of some");
	for (size_t i = 0; i < node->n; i++)
		bad |= yaml_read_mapping(node->items[i], "images", fields,
		    COUNT_OF(fields), obj, d);
	return bad;
}

static int
read_mode(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "enforce", "warn" };
	size_t i = 0;

	if (field_word_read(node, "mode", words, COUNT_OF(words), &i, d) < 0)
		return -1;
	((struct policy *)obj)->action = i == 0 ? POLICY_ENFORCE : POLICY_WARN;
	return 0;
}

/* One item of match while it is read. */
struct kind_match {
	const char *group, *resource;
	const struct yaml_node *selector;
	struct selector labels;
};

static int
read_group(const struct yaml_node *node, void *obj, struct diag *d)
{
	return yaml_read_text(node, &((struct kind_match *)obj)->group, d);
}

static int
read_resource(const struct yaml_node *node, void *obj, struct diag *d)
{
	return field_text_read(node, "resource",
	    &((struct kind_match *)obj)->resource, d);
}

static int
read_selector(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct kind_match *m = obj;

	m->selector = node;
	return selector_read(node, "selector", &m->labels, d);
}

/* Resources whose pods are pulled for. */
static bool
owns_pods(const char *resource)
{
	static const char *const owners[] = { "deployments", "daemonsets",
		"statefulsets", "replicasets", "jobs", "cronjobs" };

	for (size_t i = 0; i < COUNT_OF(owners); i++)
		if (strcmp(owners[i], resource) == 0)
			return true;
	return false;
}

static int
take_match(const struct yaml_node *node, struct kind_match *m, struct policy *p,
    struct diag *d)
{
	bool pods =
	    strcmp(m->resource, "pods") == 0 || strcmp(m->resource, "*") == 0;

	if (!pods && !owns_pods(m->resource))
		return 0;
	if (!pods && m->selector != NULL)
		return diag_add(d, m->selector->pos,
		    "labels of %.60s are not known when a pod is pulled for; "
		    "match pods",
		    m->resource);
	if (!pods)
		diag_warn(d, node->pos,
		    "a pull does not say who owns its pod: pods of every owner "
		    "are covered");
	pod_filters_add(&p->pods.match)->labels = m->labels;
	m->labels = (struct selector){ 0 };
	return 0;
}

static int
read_match_item(const struct yaml_node *node, struct policy *p, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "group", read_group, false },
		{ "version", field_nothing_read, false },
		{ "resource", read_resource, true },
		{ "selector", read_selector, false },
	};
	struct kind_match m = { 0 };
	int bad;

	bad = yaml_read_mapping(node, "match", fields, COUNT_OF(fields), &m, d);
	if (bad == 0)
		bad = take_match(node, &m, p, d);
	selector_clear(&m.labels);
	return bad;
}

static int
read_match(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = obj;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "match must be a list");
	for (size_t i = 0; i < node->n; i++)
		bad |= read_match_item(node->items[i], p, d);
	if (bad == 0 && node->n > 0 && p->pods.match.n == 0)
		return diag_add(d, node->pos,
		    "match names no resource that has pods");
	return bad;
}

/* An authority while it is read. */
struct authority {
	struct entry_draft draft; /* first: both are one address */
	bool has_ctlog, has_source;
	struct str_list repositories;
};

static int
read_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;
	const char *text = NULL;

	if (field_text_read(node, "name", &text, d) < 0)
		return -1;
	free(entry->name);
	entry->name = mem_strdup(text);
	return 0;
}

static int
read_key_data(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;

	return entry_read_pem(node, "data", "PUBLIC KEY", &entry->keys.pem, d);
}

static int
read_kms(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;
	const char *text = NULL;

	if (field_text_read(node, "kms", &text, d) < 0)
		return -1;
	if (!entry_is_kms(text))
		return diag_add(d, node->pos,
		    "kms must be a URI of awskms://, gcpkms://, azurekms:// or "
		    "hashivault://");
	entry->keys.kms = mem_strdup(text);
	return 0;
}

static int
read_hash(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	(void)obj;
	if (field_text_read(node, "hashAlgorithm", &text, d) < 0)
		return -1;
	if (strcmp(text, "sha256") != 0)
		return diag_add(d, node->pos,
		    "hashAlgorithm %.20s is not supported, only sha256", text);
	return 0;
}

static int
read_key(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "data", read_key_data, false },
		{ "kms", read_kms, false },
		{ "secretRef", read_secret_ref, false },
		{ "hashAlgorithm", read_hash, false },
	};
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;

	entry->kind = POLICY_ENTRY_KEYS;
	entry->keys.pos = node->pos;
	if (yaml_read_mapping(node, "key", fields, COUNT_OF(fields), obj, d) <
	    0)
		return -1;
	if ((entry->keys.pem != NULL) + (entry->keys.kms != NULL) != 1)
		return diag_add(d, node->pos, "key needs one of data and kms");
	return 0;
}

/* An expression wins over a text. */
static int
read_party(const struct yaml_node *node, const char *plain, const char *regexp,
    struct policy_texts *ret, struct diag *d)
{
	const struct yaml_node *text = yaml_get(node, plain);
	const struct yaml_node *expression = yaml_get(node, regexp);

	if (expression != NULL)
		return entry_add_text(ret, expression, regexp,
		    POLICY_REGEXP_PART, d);
	if (text != NULL)
		return entry_add_text(ret, text, plain, POLICY_EXACTLY, d);
	return diag_add(d, node->pos, "an identity needs %s or %s", plain,
	    regexp);
}

static int
read_identity(const struct yaml_node *node, struct policy_identity *id,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "issuer", field_nothing_read, false },
		{ "subject", field_nothing_read, false },
		{ "issuerRegExp", field_nothing_read, false },
		{ "subjectRegExp", field_nothing_read, false },
	};

	if (yaml_read_mapping(node, "an identity", fields, COUNT_OF(fields), id,
		d) < 0)
		return -1;
	return read_party(node, "issuer", "issuerRegExp", &id->issuers, d) |
	       read_party(node, "subject", "subjectRegExp", &id->subjects, d);
}

static int
read_identities(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;
	struct policy_keyless *k = &entry->keyless;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos,
		    "identities must be a list of some");
	k->items = mem_calloc(node->n, sizeof(*k->items));
	k->n = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_identity(node->items[i], &k->items[i], d);
	return bad;
}

static int
read_ca_data(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;

	return entry_read_pem(node, "data", "CERTIFICATE",
	    &entry->keyless.roots, d);
}

static int
read_ca_cert(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "data", read_ca_data, true },
		{ "secretRef", read_secret_ref, false },
	};

	return yaml_read_mapping(node, "ca-cert", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_ignore_sct(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;

	if (yaml_read_bool(node, &entry->log.ignore_sct, d) < 0)
		return -1;
	if (entry->log.ignore_sct)
		diag_warn(d, node->pos,
		    "certificates need not be in a certificate transparency "
		    "log");
	return 0;
}

static int
read_keyless(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "identities", read_identities, true },
		{ "url", field_nothing_read, false },
		{ "ca-cert", read_ca_cert, false },
		{ "trustRootRef", read_trust_root, false },
		{ "insecureIgnoreSCT", read_ignore_sct, false },
	};

	((struct authority *)obj)->draft.entry->kind = POLICY_ENTRY_KEYLESS;
	return yaml_read_mapping(node, "keyless", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_static_action(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "pass", "fail" };
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;
	size_t i = 0;

	if (field_word_read(node, "action", words, COUNT_OF(words), &i, d) < 0)
		return -1;
	entry->kind = i == 0 ? POLICY_ENTRY_PASS : POLICY_ENTRY_FAIL;
	if (i == 0)
		diag_warn(d, node->pos,
		    "static pass admits every image, signed or not");
	return 0;
}

static int
read_static(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "action", read_static_action, true },
		{ "message", field_nothing_read, false },
	};

	return yaml_read_mapping(node, "static", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_oci(const struct yaml_node *node, void *obj, struct diag *d)
{
	char *repository = NULL;

	if (entry_repository(node, &repository, d) < 0)
		return -1;
	str_list_own(&((struct authority *)obj)->repositories, repository);
	return 0;
}

static int
read_source(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "oci", read_oci, false },
		{ "tagPrefix", read_tag_prefix, false },
		{ "signaturePullSecrets", field_nothing_read, false },
	};
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "source must be a list");
	for (size_t i = 0; i < node->n; i++)
		bad |= yaml_read_mapping(node->items[i], "source", fields,
		    COUNT_OF(fields), obj, d);
	return bad;
}

static int
read_log_url(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;
	const char *text = NULL;

	if (field_text_read(node, "url", &text, d) < 0)
		return -1;
	entry->log.rekor_url = mem_strdup(text);
	return 0;
}

static int
read_ctlog(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "url", read_log_url, false },
		{ "trustRootRef", read_trust_root, false },
	};

	((struct authority *)obj)->has_ctlog = true;
	return yaml_read_mapping(node, "ctlog", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_timestamp(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "trustRootRef", read_trust_root, false },
	};

	((struct authority *)obj)->draft.entry->log.timestamp = true;
	return yaml_read_mapping(node, "rfc3161timestamp", fields,
	    COUNT_OF(fields), obj, d);
}

static int
read_format(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "legacy", "bundle" };
	size_t i = 0;

	(void)obj;
	return field_word_read(node, "signatureFormat", words, COUNT_OF(words),
	    &i, d);
}

/* cosign's names for the types of predicates. */
static const char *
predicate_uri(const char *name)
{
	static const char *const known[][2] = {
		{ "custom", "https://cosign.sigstore.dev/attestation/v1" },
		{ "vuln", "https://cosign.sigstore.dev/attestation/vuln/v1" },
		{ "slsaprovenance", "https://slsa.dev/provenance/v0.2" },
		{ "slsaprovenance02", "https://slsa.dev/provenance/v0.2" },
		{ "slsaprovenance1", "https://slsa.dev/provenance/v1" },
		{ "spdx", "https://spdx.dev/Document" },
		{ "spdxjson", "https://spdx.dev/Document" },
		{ "cyclonedx", "https://cyclonedx.org/bom" },
		{ "link", "https://in-toto.io/Link/v1" },
		{ "openvex", "https://openvex.dev/ns" },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(known[i][0], name) == 0)
			return known[i][1];
	return name;
}

static int
read_predicate(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_entry *entry = ((struct authority *)obj)->draft.entry;
	const char *text = NULL;

	if (field_text_read(node, "predicateType", &text, d) < 0)
		return -1;
	str_list_add(&entry->predicates, predicate_uri(text));
	return 0;
}

static int
read_attestations(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "name", field_nothing_read, false },
		{ "predicateType", read_predicate, true },
		{ "policy", read_policy, false },
	};
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "attestations must be a list");
	for (size_t i = 0; i < node->n; i++)
		bad |= yaml_read_mapping(node->items[i], "an attestation",
		    fields, COUNT_OF(fields), obj, d);
	return bad;
}

static int
check_authority(const struct yaml_node *node, const struct authority *a,
    struct diag *d)
{
	const struct policy_entry *entry = a->draft.entry;

	if ((yaml_get(node, "key") != NULL) +
		(yaml_get(node, "keyless") != NULL) +
		(yaml_get(node, "static") != NULL) !=
	    1)
		return diag_add(d, node->pos,
		    "an authority needs one of key, keyless and static");
	if (a->repositories.n > 1)
		return diag_add(d, yaml_get(node, "source")->pos,
		    "an authority may have one source; write one authority for "
		    "each");
	if (entry->kind == POLICY_ENTRY_KEYS && !a->has_ctlog)
		diag_warn(d, node->pos,
		    "without ctlog the transparency log is not required: "
		    "nothing shows when a signature was made");
	return 0;
}

/* A key without ctlog needs no log; a certificate always does. */
static void
finish_authority(struct authority *a, size_t number)
{
	struct policy_entry *entry = a->draft.entry;

	if (entry->name == NULL)
		entry->name = str_printf("authority-%zu", number);
	if (entry->kind == POLICY_ENTRY_KEYS)
		entry->log.ignore_tlog = !a->has_ctlog;
	if (a->repositories.n > 0)
		entry->repository = mem_strdup(a->repositories.items[0]);
}

static int
read_authority(const struct yaml_node *node, size_t number,
    struct policy_entry *entry, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "name", read_name, false },
		{ "key", read_key, false },
		{ "keyless", read_keyless, false },
		{ "static", read_static, false },
		{ "source", read_source, false },
		{ "ctlog", read_ctlog, false },
		{ "rfc3161timestamp", read_timestamp, false },
		{ "signatureFormat", read_format, false },
		{ "attestations", read_attestations, false },
	};
	struct authority a = { .draft = { .entry = entry,
				   .dialect = POLICY_SIGSTORE } };
	int bad;

	entry->pos = node->pos;
	bad = yaml_read_mapping(node, "an authority", fields, COUNT_OF(fields),
	    &a, d);
	if (bad == 0)
		bad = check_authority(node, &a, d);
	finish_authority(&a, number);
	str_list_clear(&a.repositories);
	if (bad == 0)
		entry_remark(entry, d);
	return bad;
}

/* Any of them will do. */
static int
read_authorities(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = obj;
	struct policy_attestor *a;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos,
		    "authorities must be a list of some");
	p->attestors.items = mem_calloc(1, sizeof(*p->attestors.items));
	p->attestors.n = 1;
	a = p->attestors.items;
	a->pos = node->pos;
	a->entries = mem_calloc(node->n, sizeof(*a->entries));
	a->nentries = node->n;
	a->count = 1;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_authority(node->items[i], i, &a->entries[i], d);
	return bad;
}

static int
read_spec(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "images", read_images, true },
		{ "authorities", read_authorities, true },
		{ "mode", read_mode, false },
		{ "match", read_match, false },
		{ "policy", read_policy, false },
	};

	return yaml_read_mapping(node, "spec", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_metadata(const struct yaml_node *node, void *obj, struct diag *d)
{
	const struct yaml_node *name = yaml_get(node, "name");
	struct policy *p = obj;
	const char *text = NULL;

	if (name == NULL)
		return diag_add(d, node->pos, "metadata needs \"name\"");
	if (field_text_read(name, "name", &text, d) < 0)
		return -1;
	p->name = mem_strdup(text);
	p->pos = name->pos;
	return 0;
}

int
cluster_image_policy_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "apiVersion", field_nothing_read, true },
		{ "kind", field_nothing_read, true },
		{ "metadata", read_metadata, true },
		{ "spec", read_spec, true },
		{ "status", field_nothing_read, false },
	};
	AUTO(policy) struct policy *p = policy_new(POLICY_SIGSTORE);

	if (yaml_read_mapping(root, "ClusterImagePolicy", fields,
		COUNT_OF(fields), p, d) < 0)
		return -1;
	policy_set_own(set, TAKE(p));
	return 0;
}

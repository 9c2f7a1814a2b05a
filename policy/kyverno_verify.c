/* Kyverno's verifyImages. */
#include "policy/kyverno_private.h"

#include <string.h>

#include "base/mem.h"
#include "policy/entry_fields.h"
#include "policy/fields.h"
#include "policy/pattern.h"

/* One item while it is read; what depends on other fields comes last. */
struct item {
	struct policy *p;
	struct str_map annotations;
	char *repository;
	bool exact;
	bool mutate_digest, verify_digest;
	const struct yaml_node *attestors, *attestations;
};

static void
item_clear(struct item *it)
{
	str_map_clear(&it->annotations);
	free(it->repository);
}
DEFINE_AUTO_INPLACE(item, struct item, item_clear);

DEFINE_UNDECIDABLE(read_validate, "validate",
    "conditions on an image are not evaluated at pull time");

static int
read_references(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "imageReferences",
		pattern_check_kyverno, "the rule would cover nothing" };

	return field_texts_read(node, &field, &((struct item *)obj)->p->images,
	    d);
}

static int
read_skip(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "skipImageReferences",
		pattern_check_kyverno, NULL };

	return field_texts_read(node, &field,
	    &((struct item *)obj)->p->exclude_images, d);
}

/* The older form of imageReferences. */
static int
read_image(const struct yaml_node *node, void *obj, struct diag *d)
{
	AUTO(str) char *complaint = NULL;
	const char *text = NULL;

	if (field_text_read(node, "image", &text, d) < 0)
		return -1;
	complaint = pattern_check_kyverno(text);
	if (complaint != NULL)
		return diag_add(d, node->pos, "image: %s", complaint);
	str_list_add(&((struct item *)obj)->p->images, text);
	return 0;
}

static int
read_type(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "Cosign", "SigstoreBundle",
		"Notary" };
	size_t i = 0;

	if (field_word_read(node, "type", words, COUNT_OF(words), &i, d) < 0)
		return -1;
	if (i == 2)
		return diag_add(d, node->pos,
		    "type: signatures of Notary cannot be verified");
	((struct item *)obj)->exact = i == 1;
	return 0;
}

static int
keep_attestors(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)d;
	((struct item *)obj)->attestors = node;
	return 0;
}

static int
keep_attestations(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)d;
	((struct item *)obj)->attestations = node;
	return 0;
}

static int
read_annotations(const struct yaml_node *node, void *obj, struct diag *d)
{
	return field_map_read(node, "annotations",
	    &((struct item *)obj)->annotations, d);
}

static int
read_repository(const struct yaml_node *node, void *obj, struct diag *d)
{
	return entry_repository(node, &((struct item *)obj)->repository, d);
}

static int
read_mutate_digest(const struct yaml_node *node, void *obj, struct diag *d)
{
	return yaml_read_bool(node, &((struct item *)obj)->mutate_digest, d);
}

static int
read_verify_digest(const struct yaml_node *node, void *obj, struct diag *d)
{
	return yaml_read_bool(node, &((struct item *)obj)->verify_digest, d);
}

/* What has no effect on a pull is still what it has to be. */
static int
read_flag(const struct yaml_node *node, void *obj, struct diag *d)
{
	bool ignored;

	(void)obj;
	return yaml_read_bool(node, &ignored, d);
}

static int
read_failure_action(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = ((struct item *)obj)->p;

	if (kyverno_action_read(node, &p->action, d) < 0)
		return -1;
	/* It stands above what the whole policy says. */
	policy_clear_overrides(p);
	return 0;
}

static int
read_insecure(const struct yaml_node *node, void *obj, struct diag *d)
{
	bool insecure = false;

	(void)obj;
	if (yaml_read_bool(node, &insecure, d) < 0)
		return -1;
	if (insecure)
		diag_warn(d, node->pos,
		    "allowInsecureRegistry has no effect here: registries "
		    "without TLS are named in the configuration");
	return 0;
}

/* The kubelet's and the configuration's credentials are used. */
static int
read_credentials(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "allowInsecureRegistry", read_insecure, false },
		{ "providers", field_nothing_read, false },
		{ "secrets", field_nothing_read, false },
	};

	return yaml_read_mapping(node, "imageRegistryCredentials", fields,
	    COUNT_OF(fields), obj, d);
}

static const struct yaml_field item_fields[] = {
	{ "imageReferences", read_references, false },
	{ "skipImageReferences", read_skip, false },
	{ "image", read_image, false },
	{ "type", read_type, false },
	{ "attestors", keep_attestors, false },
	{ "attestations", keep_attestations, false },
	{ "annotations", read_annotations, false },
	{ "repository", read_repository, false },
	{ "mutateDigest", read_mutate_digest, false },
	{ "verifyDigest", read_verify_digest, false },
	{ "failureAction", read_failure_action, false },
	{ "imageRegistryCredentials", read_credentials, false },
	{ "validate", read_validate, false },
	{ "required", read_flag, false },
	{ "useCache", read_flag, false },
	{ "cosignOCI11", read_flag, false },
	/* Of the older form, read by kyverno_old_attestor_read(). */
	{ "key", field_nothing_read, false },
	{ "issuer", field_nothing_read, false },
	{ "subject", field_nothing_read, false },
	{ "roots", field_nothing_read, false },
	{ "additionalExtensions", field_nothing_read, false },
};

static bool
is_old_form(const struct yaml_node *node)
{
	return yaml_get(node, "key") != NULL ||
	       yaml_get(node, "issuer") != NULL ||
	       yaml_get(node, "subject") != NULL ||
	       yaml_get(node, "roots") != NULL ||
	       yaml_get(node, "additionalExtensions") != NULL;
}

/* An attestation while it is read. */
struct attestation {
	struct policy_attestation *a;
	const struct kyverno_signers *defaults;
};

static int
read_predicate_type(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_attestation *a = ((struct attestation *)obj)->a;
	const char *text = NULL;

	if (field_text_read(node, "type", &text, d) < 0)
		return -1;
	free(a->type);
	a->type = mem_strdup(text);
	return 0;
}

static int
read_attestation_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "name", &text, d) < 0)
		return -1;
	((struct attestation *)obj)->a->name = mem_strdup(text);
	return 0;
}

static int
read_attestation_attestors(const struct yaml_node *node, void *obj,
    struct diag *d)
{
	struct attestation *at = obj;

	return kyverno_attestors_read(node, at->defaults, &at->a->attestors, d);
}

static int
read_conditions(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_attestation *a = ((struct attestation *)obj)->a;

	if (policy_conditions_read(node, &a->conditions, d) < 0)
		return -1;
	if (a->conditions.n > 0)
		diag_warn(d, node->pos,
		    "conditions cannot be evaluated yet: no pull can satisfy "
		    "this attestation");
	return 0;
}

/* Where nobody is named, Kyverno asks for a certificate of Fulcio's, whoever it
 * was given to. */
static void
add_anybody(const struct yaml_node *node, struct policy_attestation *a,
    const struct kyverno_signers *defaults, struct diag *d)
{
	struct policy_attestor *one;

	diag_warn(d, node->pos,
	    "an attestation without attestors takes the signature of anybody");
	a->attestors.items = mem_calloc(1, sizeof(*a->attestors.items));
	a->attestors.n = 1;
	one = a->attestors.items;
	one->pos = node->pos;
	one->entries = mem_calloc(1, sizeof(*one->entries));
	one->nentries = one->count = 1;
	one->entries[0].kind = POLICY_ENTRY_KEYLESS;
	one->entries[0].pos = node->pos;
	one->entries[0].repository = mem_strdup_null(defaults->repository);
	entry_remark(one->entries, d);
}

static int
read_attestation(const struct yaml_node *node, const struct yaml_node *item,
    const struct kyverno_signers *defaults, struct policy_attestation *a,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "type", read_predicate_type, false },
		{ "predicateType", read_predicate_type, false },
		{ "name", read_attestation_name, false },
		{ "attestors", read_attestation_attestors, false },
		{ "conditions", read_conditions, false },
	};
	struct attestation at = { a, defaults };

	a->pos = node->pos;
	if (yaml_read_mapping(node, "an attestation", fields, COUNT_OF(fields),
		&at, d) < 0)
		return -1;
	if (a->type == NULL)
		return diag_add(d, node->pos, "an attestation needs type");
	if (a->attestors.n > 0)
		return 0;
	if (is_old_form(item))
		return kyverno_old_attestor_read(item, defaults, &a->attestors,
		    d);
	add_anybody(node, a, defaults, d);
	return 0;
}

static int
read_attestations(const struct yaml_node *node, const struct yaml_node *item,
    const struct kyverno_signers *defaults, struct policy *p, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "attestations must be a list");
	p->attestations = mem_calloc(node->n, sizeof(*p->attestations));
	p->nattestations = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_attestation(node->items[i], item, defaults,
		    &p->attestations[i], d);
	return bad;
}

static int
read_signers(const struct yaml_node *node, const struct item *it,
    struct diag *d)
{
	struct kyverno_signers defaults = { &it->annotations, it->repository,
		it->exact };
	struct policy *p = it->p;
	int bad = 0;

	if (it->attestors != NULL)
		bad |= kyverno_attestors_read(it->attestors, &defaults,
		    &p->attestors, d);
	if (it->attestations != NULL)
		bad |=
		    read_attestations(it->attestations, node, &defaults, p, d);
	if (!is_old_form(node) || p->nattestations > 0)
		return bad;
	if (it->attestors != NULL)
		return diag_add(d, node->pos,
		    "key, issuer, subject and roots cannot stand beside attestors");
	return bad |
	       kyverno_old_attestor_read(node, &defaults, &p->attestors, d);
}

int
kyverno_verify_read(const struct yaml_node *node, struct policy *p,
    struct diag *d)
{
	AUTO(item)
	struct item it = { .p = p,
		.mutate_digest = true,
		.verify_digest = true };

	if (yaml_read_mapping(node, "verifyImages", item_fields,
		COUNT_OF(item_fields), &it, d) < 0)
		return -1;
	if (p->images.n == 0)
		return diag_add(d, node->pos,
		    "an item of verifyImages needs imageReferences");
	/* What Kyverno gives a digest has one when it is looked at. */
	p->reference.require_digest = it.verify_digest && !it.mutate_digest;
	if (read_signers(node, &it, d) < 0)
		return -1;
	if (!policy_asks_for_signers(p))
		diag_warn(d, node->pos,
		    "the rule asks for no signature: it has no attestors");
	return 0;
}

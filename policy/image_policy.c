/* Our own kind of document, ImagePolicy. */
#include "policy/image_policy.h"

#include <string.h>

#include "base/mem.h"
#include "policy/fields.h"
#include "policy/pattern.h"

#define NAME_LEN_MAX 253

/* RFC 1123: labels of letters, digits and inner hyphens, joined by dots. */
static bool
is_dns_name(const char *name)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *label = name;

	if (strlen(name) > NAME_LEN_MAX)
		return false;
	for (;;) {
		size_t len = strcspn(label, ".");

		if (len == 0 || strspn(label, alnum) == 0 ||
		    strchr(alnum, label[len - 1]) == NULL)
			return false;
		for (size_t i = 0; i < len; i++)
			if (label[i] != '-' && strchr(alnum, label[i]) == NULL)
				return false;
		if (label[len] == '\0')
			return true;
		label += len + 1;
	}
}

/* metadata while it is read */
struct metadata {
	char **name;
	struct diag_pos *pos;
};

static int
read_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct metadata *m = obj;
	const char *text = NULL;

	if (field_text_read(node, "name", &text, d) < 0)
		return -1;
	if (!is_dns_name(text))
		return diag_add(d, node->pos,
		    "name \"%s\" must be lower-case letters, digits, '-' and "
		    "'.', as Kubernetes names are",
		    text);
	*m->name = mem_strdup(text);
	*m->pos = node->pos;
	return 0;
}

static int
read_notes(const struct yaml_node *node, struct diag *d, const char *name)
{
	AUTO(str_map) struct str_map ignored = { 0 };

	return field_map_read(node, name, &ignored, d);
}

static int
read_labels(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)obj;
	return read_notes(node, d, "labels");
}

static int
read_annotations(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)obj;
	return read_notes(node, d, "annotations");
}

int
image_metadata_read(const struct yaml_node *node, char **name,
    struct diag_pos *pos, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "name", read_name, true },
		{ "labels", read_labels, false },
		{ "annotations", read_annotations, false },
	};

	return yaml_read_mapping(node, "metadata", fields, COUNT_OF(fields),
	    &(struct metadata){ name, pos }, d);
}

static int
read_metadata(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = obj;

	return image_metadata_read(node, &p->name, &p->pos, d);
}

static int
read_images(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "images", pattern_check_image,
		"the policy would cover nothing; write [\"**\"] to cover every "
		"image" };

	return field_texts_read(node, &field, &((struct policy *)obj)->images,
	    d);
}

static int
read_exclude_images(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "excludeImages",
		pattern_check_image, NULL };

	return field_texts_read(node, &field,
	    &((struct policy *)obj)->exclude_images, d);
}

static int
read_namespaces(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "namespaces",
		pattern_check_namespace,
		"leave it out to cover every namespace" };
	struct policy *p = obj;

	return field_texts_read(node, &field,
	    &pod_filters_only(&p->pods.match)->namespaces, d);
}

/* A list of none excludes none. */
static int
read_exclude_namespaces(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "excludeNamespaces",
		pattern_check_namespace, NULL };
	struct policy *p = obj;
	struct str_list none = { 0 };

	if (node->kind == YAML_SEQUENCE && node->n == 0)
		return field_texts_read(node, &field, &none, d);
	return field_texts_read(node, &field,
	    &pod_filters_only(&p->pods.exclude)->namespaces, d);
}

static int
read_pod_selector(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = obj;

	return selector_read(node, "podSelector",
	    &pod_filters_only(&p->pods.match)->labels, d);
}

static int
read_action(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "enforce", "warn", "audit" };
	static const enum policy_action actions[] = { POLICY_ENFORCE,
		POLICY_WARN, POLICY_AUDIT };
	size_t i = 0;

	if (field_word_read(node, "action", words, COUNT_OF(words), &i, d) < 0)
		return -1;
	((struct policy *)obj)->action = actions[i];
	return 0;
}

static int
read_failure_policy(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "Fail", "Ignore" };
	static const enum policy_failure failures[] = { POLICY_FAIL,
		POLICY_IGNORE };
	size_t i = 0;

	if (field_word_read(node, "failurePolicy", words, COUNT_OF(words), &i,
		d) < 0)
		return -1;
	((struct policy *)obj)->failure = failures[i];
	return 0;
}

static int
read_timeout(const struct yaml_node *node, void *obj, struct diag *d)
{
	long long ms = 0;

	if (yaml_read_duration(node, POLICY_TIMEOUT_MIN_MS,
		POLICY_TIMEOUT_MAX_MS, &ms, d) < 0)
		return -1;
	((struct policy *)obj)->timeout_ms = ms;
	return 0;
}

static int
read_allow(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "allow", pattern_check_image,
		"leave it out to allow every image" };

	return field_texts_read(node, &field,
	    &((struct policy_reference *)obj)->allow, d);
}

static int
read_deny_tags(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "denyTags", pattern_check_tag,
		NULL };

	return field_texts_read(node, &field,
	    &((struct policy_reference *)obj)->deny_tags, d);
}

static int
read_require_digest(const struct yaml_node *node, void *obj, struct diag *d)
{
	return yaml_read_bool(node,
	    &((struct policy_reference *)obj)->require_digest, d);
}

static int
read_reference(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "allow", read_allow, false },
		{ "denyTags", read_deny_tags, false },
		{ "requireDigest", read_require_digest, false },
	};

	return yaml_read_mapping(node, "reference", fields, COUNT_OF(fields),
	    &((struct policy *)obj)->reference, d);
}

static int
read_digests(const struct yaml_node *node, void *obj, struct diag *d)
{
	return policy_digests_read(node, &((struct policy *)obj)->digests, d);
}

static int
read_attestors(const struct yaml_node *node, void *obj, struct diag *d)
{
	return image_attestors_read(node, &((struct policy *)obj)->attestors,
	    d);
}

static int
read_type(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "type", &text, d) < 0)
		return -1;
	((struct policy_attestation *)obj)->type = mem_strdup(text);
	return 0;
}

static int
read_attestation_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "name", &text, d) < 0)
		return -1;
	((struct policy_attestation *)obj)->name = mem_strdup(text);
	return 0;
}

static int
read_attestation_attestors(const struct yaml_node *node, void *obj,
    struct diag *d)
{
	return image_attestors_read(node,
	    &((struct policy_attestation *)obj)->attestors, d);
}

static int
read_conditions(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_attestation *a = obj;

	if (policy_conditions_read(node, &a->conditions, d) < 0)
		return -1;
	if (a->conditions.n > 0)
		diag_warn(d, node->pos,
		    "conditions cannot be evaluated yet: no pull can satisfy "
		    "this attestation");
	return 0;
}

static int
read_attestation(const struct yaml_node *node, struct policy_attestation *a,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "type", read_type, true },
		{ "name", read_attestation_name, false },
		{ "attestors", read_attestation_attestors, true },
		{ "conditions", read_conditions, false },
	};

	a->pos = node->pos;
	return yaml_read_mapping(node, "an attestation", fields,
	    COUNT_OF(fields), a, d);
}

static int
read_attestations(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = obj;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "attestations must be a list");
	if (node->n == 0)
		return diag_add(d, node->pos,
		    "attestations is empty: leave it out to ask for none");
	p->attestations = mem_calloc(node->n, sizeof(*p->attestations));
	p->nattestations = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_attestation(node->items[i], &p->attestations[i], d);
	return bad;
}

static bool
asks_for_nothing(const struct policy *p)
{
	return !policy_asks_for_signers(p) && !policy_asks_for_digest(p) &&
	       !policy_asks_for_reference(p);
}

static int
read_spec(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "images", read_images, true },
		{ "excludeImages", read_exclude_images, false },
		{ "namespaces", read_namespaces, false },
		{ "excludeNamespaces", read_exclude_namespaces, false },
		{ "podSelector", read_pod_selector, false },
		{ "action", read_action, false },
		{ "failurePolicy", read_failure_policy, false },
		{ "timeout", read_timeout, false },
		{ "reference", read_reference, false },
		{ "digests", read_digests, false },
		{ "attestors", read_attestors, false },
		{ "attestations", read_attestations, false },
	};

	if (yaml_read_mapping(node, "spec", fields, COUNT_OF(fields), obj, d) <
	    0)
		return -1;
	if (asks_for_nothing(obj))
		return diag_add(d, node->pos,
		    "the policy asks for nothing: it needs attestors, "
		    "attestations, digests or rules in reference");
	return 0;
}

int
image_policy_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "apiVersion", field_nothing_read, true },
		{ "kind", field_nothing_read, true },
		{ "metadata", read_metadata, true },
		{ "spec", read_spec, true },
	};
	AUTO(policy) struct policy *p = policy_new(POLICY_OURS);

	if (yaml_read_mapping(root, "ImagePolicy", fields, COUNT_OF(fields), p,
		d) < 0)
		return -1;
	policy_set_own(set, TAKE(p));
	return 0;
}

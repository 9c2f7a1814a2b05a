/* Kinds of documents: which there are, and who reads them. */
#include "policy/document.h"

#include <string.h>

#include "policy/cluster_image_policy.h"
#include "policy/containers.h"
#include "policy/exemption.h"
#include "policy/fields.h"
#include "policy/image_policy.h"
#include "policy/kyverno.h"
#include "policy/policy_test.h"

typedef int reader(const struct yaml_node *root, struct policy_set *set,
    struct diag *d);

static reader list_read;

static const struct {
	const char *group; /* of apiVersion */
	const char *versions[4];
	const char *kind;
	reader *read;
} kinds[] = {
	{ "pullgate.dev", { "v1" }, "ImagePolicy", image_policy_read },
	{ "pullgate.dev", { "v1" }, "Attestor", image_attestor_read },
	{ "pullgate.dev", { "v1" }, "Exemption", policy_exemption_read },
	{ "pullgate.dev", { "v1" }, "PolicyTest", policy_test_skip },
	{ "kyverno.io", { "v1", "v2beta1" }, "ClusterPolicy",
	    kyverno_cluster_policy_read },
	{ "kyverno.io", { "v1", "v2beta1" }, "Policy", kyverno_policy_read },
	{ "policies.kyverno.io", { "v1", "v1beta1", "v1alpha1" },
	    "ImageValidatingPolicy", kyverno_cel_policy_read },
	{ "policies.kyverno.io", { "v1", "v1beta1", "v1alpha1" },
	    "NamespacedImageValidatingPolicy", kyverno_cel_policy_read },
	{ "policy.sigstore.dev", { "v1beta1", "v1alpha1" },
	    "ClusterImagePolicy", cluster_image_policy_read },
	{ "", { "v1" }, "List", list_read },
};

static int
read_header(const struct yaml_node *root, const char *field, const char **ret,
    struct diag *d)
{
	const struct yaml_node *node = yaml_get(root, field);

	if (node == NULL)
		return diag_add(d, root->pos, "%s is missing", field);
	return field_text_read(node, field, ret, d);
}

/* "group/version", or "version" alone. */
static bool
is_version(size_t kind, const char *api_version)
{
	const char *slash = strchr(api_version, '/');
	size_t group = slash == NULL ? 0 : (size_t)(slash - api_version);
	const char *version = slash == NULL ? api_version : slash + 1;

	if (strlen(kinds[kind].group) != group ||
	    strncmp(kinds[kind].group, api_version, group) != 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(kinds[kind].versions); i++)
		if (kinds[kind].versions[i] != NULL &&
		    strcmp(kinds[kind].versions[i], version) == 0)
			return true;
	return false;
}

int
document_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	const char *api_version = NULL, *kind = NULL;

	if (yaml_is_null(root))
		return 0;
	if (root->kind != YAML_MAPPING)
		return diag_add(d, root->pos, "a document must be a mapping");
	if (containers_is_policy(root))
		return containers_read(root, set, d);
	if ((read_header(root, "apiVersion", &api_version, d) |
		read_header(root, "kind", &kind, d)) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0 &&
		    is_version(i, api_version))
			return kinds[i].read(root, set, d);
	return diag_add(d, yaml_get(root, "kind")->pos,
	    "kind \"%s\" of apiVersion \"%s\" is not supported; supported are "
	    "ImagePolicy, Attestor and Exemption of pullgate.dev/v1, "
	    "ClusterPolicy and Policy of kyverno.io/v1, ClusterImagePolicy of "
	    "policy.sigstore.dev/v1beta1, and containers' policy.json",
	    kind, api_version);
}

/* What kubectl prints of several. */
static int
read_items(const struct yaml_node *node, void *obj, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "items must be a list");
	for (size_t i = 0; i < node->n; i++)
		bad |= document_read(node->items[i], obj, d);
	return bad;
}

static int
list_read(const struct yaml_node *root, struct policy_set *set, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "apiVersion", field_nothing_read, true },
		{ "kind", field_nothing_read, true },
		{ "metadata", field_nothing_read, false },
		{ "items", read_items, true },
	};

	return yaml_read_mapping(root, "List", fields, COUNT_OF(fields), set,
	    d);
}

/* The kinds of documents we know.  To add one: write its file, name it here. */
#include "policy/document.h"

#include <string.h>

#include "policy/fields.h"
#include "policy/image_policy.h"

static const struct {
	const char *api_version;
	const char *kind;
	int (*read)(const struct yaml_node *root, struct policy_set *set,
	    struct diag *d);
} kinds[] = {
	{ "pullgate.dev/v1", "ImagePolicy", image_policy_read },
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

int
document_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	const char *api_version = NULL, *kind = NULL;

	if (yaml_is_null(root))
		return 0;
	if (root->kind != YAML_MAPPING)
		return diag_add(d, root->pos, "a document must be a mapping");
	if ((read_header(root, "apiVersion", &api_version, d) |
		read_header(root, "kind", &kind, d)) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].api_version, api_version) == 0 &&
		    strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].read(root, set, d);
	return diag_add(d, yaml_get(root, "kind")->pos,
	    "kind \"%s\" of apiVersion \"%s\" is not supported; supported is "
	    "kind \"%s\" of apiVersion \"%s\"",
	    kind, api_version, kinds[0].kind, kinds[0].api_version);
}

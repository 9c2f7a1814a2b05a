/* The kubelet's own configuration files. */
#include "node/kubelet_config.h"

#include <string.h>

#include "base/mem.h"
#include "base/yaml.h"
#include "node/root.h"

#define DEPTH_MAX 8

void
kubelet_endpoint_clear(struct kubelet_endpoint *at)
{
	free(at->address);
	free(at->from);
	*at = (struct kubelet_endpoint){ 0 };
}

void
kubelet_endpoint_set(struct kubelet_endpoint *at, const char *address,
    const char *from)
{
	struct kubelet_endpoint new = { mem_strdup(address), mem_strdup(from) };

	kubelet_endpoint_clear(at);
	*at = new;
}

bool
kubelet_endpoint_is_set(const struct kubelet_endpoint *at)
{
	return at->address != NULL && at->address[0] != '\0';
}

static void
take(const struct yaml_node *root, const char *key, const char *path,
    struct kubelet_endpoint *at)
{
	const struct yaml_node *value = yaml_get(root, key);

	if (value == NULL)
		return;
	if (yaml_is_null(value))
		kubelet_endpoint_set(at, "", path);
	else if (value->kind == YAML_SCALAR)
		kubelet_endpoint_set(at, value->value, path);
}

static int
read_one(const struct kubelet_reading *r, const char *path, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(yaml) struct yaml_file *file = NULL;
	AUTO(diag) struct diag d = { 0 };

	if (root_read_text(r->root, path, &text, e) < 0)
		return -1;
	if (yaml_parse(buf_slice(&text), path, &file, &d) < 0)
		return err_set(e, ERR_MALFORMED, "%s", d.items[0]);
	str_list_add(r->files, path);
	if (yaml_doc_count(file) > 0) {
		const struct yaml_node *root = yaml_doc_root(file, 0);

		take(root, "imageServiceEndpoint", path, r->image);
		take(root, "containerRuntimeEndpoint", path, r->runtime);
	}
	return 0;
}

/* The kubelet walks the directory, names in their order; links to directories it
 * does not follow. */
static int
read_dir(const struct kubelet_reading *r, const char *dir, int depth,
    struct err *e)
{
	AUTO(str_list) struct str_list names = { 0 };

	if (depth > DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "%s: more than %d levels", dir,
		    DEPTH_MAX);
	if (root_is_link(r->root, dir))
		return 0;
	str_list_add(r->dirs, dir);
	root_all_names(r->root, dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		AUTO(str) char *path = str_printf("%s/%s", dir, names.items[i]);

		if (!root_is_link(r->root, path) &&
		    root_is_dir(r->root, path)) {
			if (read_dir(r, path, depth + 1, e) < 0)
				return -1;
		} else if (str_ends(names.items[i], ".conf") &&
			   read_one(r, path, e) < 0) {
			return -1;
		}
	}
	return 0;
}

int
kubelet_config_read(const struct kubelet_reading *r, const char *path,
    const char *dir, struct err *e)
{
	if (path != NULL && read_one(r, path, e) < 0)
		return -1;
	return dir == NULL ? 0 : read_dir(r, dir, 0, e);
}

/* The configuration of k3s and RKE2. */
#include "node/rancher.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/yaml.h"
#include "node/root.h"
#include "node/words.h"

void
rancher_clear(struct rancher *r)
{
	str_list_clear(&r->kubelet_args);
	str_list_clear(&r->files);
	free(r->runtime);
	free(r->image);
	free(r->reset);
	free(r->dir);
	*r = (struct rancher){ 0 };
}

/* They are written without the hyphens, or with. */
static void
add_arg(struct rancher *r, const char *text)
{
	str_list_own(&r->kubelet_args,
	    str_printf("--%s", text + strspn(text, "-")));
}

/* One value, or a list of them. */
static void
add_args(struct rancher *r, const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR)
		add_arg(r, node->value);
	for (size_t i = 0; node->kind == YAML_SEQUENCE && i < node->n; i++)
		if (node->items[i]->kind == YAML_SCALAR)
			add_arg(r, node->items[i]->value);
}

static void
take_text(const struct yaml_node *root, const char *key, char **ret)
{
	const struct yaml_node *node = yaml_get(root, key);

	if (node == NULL || node->kind != YAML_SCALAR)
		return;
	free(*ret);
	*ret = mem_strdup(node->value);
}

static void
take_document(struct rancher *r, const struct yaml_node *root, const char *path)
{
	const struct yaml_node *all = yaml_get(root, "kubelet-arg");
	const struct yaml_node *more = yaml_get(root, "kubelet-arg+");

	if (all != NULL) {
		str_list_clear(&r->kubelet_args);
		free(r->reset);
		r->reset = mem_strdup(path);
		add_args(r, all);
	}
	if (more != NULL)
		add_args(r, more);
	take_text(root, "container-runtime-endpoint", &r->runtime);
	take_text(root, "image-service-endpoint", &r->image);
}

static int
read_file(const char *root, struct rancher *r, const char *path, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(yaml) struct yaml_file *file = NULL;
	AUTO(diag) struct diag d = { 0 };

	if (root_read_text(root, path, &text, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	if (yaml_parse(buf_slice(&text), path, &file, &d) < 0)
		return err_set(e, ERR_MALFORMED, "%s", d.items[0]);
	str_list_add(&r->files, path);
	if (yaml_doc_count(file) > 0)
		take_document(r, yaml_doc_root(file, 0), path);
	return 0;
}

/* In capitals too. */
static bool
is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL &&
	       (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0);
}

static int
read_fragments(const char *root, struct rancher *r, struct err *e)
{
	AUTO(str_list) struct str_list names = { 0 };

	root_all_names(root, r->dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		AUTO(str)
		char *path = str_printf("%s/%s", r->dir, names.items[i]);

		if (is_yaml(path) && !root_is_dir(root, path) &&
		    read_file(root, r, path, e) < 0)
			return -1;
	}
	return 0;
}

static void
take_words(struct rancher *r, const struct str_list *words)
{
	AUTO(str_list) struct str_list args = { 0 };
	const char *runtime = words_flag(words, "container-runtime-endpoint");
	const char *image = words_flag(words, "image-service-endpoint");

	words_flag_all(words, "kubelet-arg", &args);
	for (size_t i = 0; i < args.n; i++)
		add_arg(r, args.items[i]);
	r->by_hand = args.n > 0;
	if (runtime != NULL) {
		free(r->runtime);
		r->runtime = mem_strdup(runtime);
	}
	if (image != NULL) {
		free(r->image);
		r->image = mem_strdup(image);
	}
}

int
rancher_read(const char *root, const char *name, const struct str_list *words,
    struct rancher *ret, struct err *e)
{
	const char *given = words_flag(words, "config");
	AUTO(str)
	char *path = given != NULL
			 ? mem_strdup(given)
			 : str_printf("/etc/rancher/%s/config.yaml", name);

	ret->dir = str_printf("%s.d", path);
	if (read_file(root, ret, path, e) < 0 ||
	    read_fragments(root, ret, e) < 0)
		return -1;
	take_words(ret, words);
	return 0;
}

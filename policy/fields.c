/* Fields that every kind of document has. */
#include "policy/fields.h"

#include <string.h>

#include "base/buf.h"

#define WORDS_MAX 512

int
field_text_read(const struct yaml_node *node, const char *name,
    const char **ret, struct diag *d)
{
	const char *text = NULL;

	if (yaml_is_null(node))
		return diag_add(d, node->pos, "%s must not be empty", name);
	if (yaml_read_text(node, &text, d) < 0)
		return -1;
	if (text[0] == '\0')
		return diag_add(d, node->pos, "%s must not be empty", name);
	*ret = text;
	return 0;
}

static int
read_item(const struct yaml_node *node, const struct field_texts *field,
    struct str_list *ret, struct diag *d)
{
	AUTO(str) char *complaint = NULL;
	const char *text = NULL;

	if (field_text_read(node, field->name, &text, d) < 0)
		return -1;
	complaint = field->check(text);
	if (complaint != NULL)
		return diag_add(d, node->pos, "%s: %s", field->name, complaint);
	str_list_add(ret, text);
	return 0;
}

int
field_texts_read(const struct yaml_node *node, const struct field_texts *field,
    struct str_list *ret, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "%s must be a list", field->name);
	if (node->n == 0 && field->empty != NULL)
		return diag_add(d, node->pos, "%s is empty: %s", field->name,
		    field->empty);
	for (size_t i = 0; i < node->n; i++)
		bad |= read_item(node->items[i], field, ret, d);
	return bad;
}

/* "enforce, warn or audit" */
static const char *
list_words(const char *const *words, size_t n, struct buf *ret)
{
	for (size_t i = 0; i < n; i++) {
		const char *before = i == 0 ? "" : i + 1 == n ? " or " : ", ";

		if (buf_printf(ret, "%s%s", before, words[i]) < 0)
			break;
	}
	return buf_text(ret);
}

int
field_word_read(const struct yaml_node *node, const char *name,
    const char *const *words, size_t n, size_t *ret, struct diag *d)
{
	AUTO(buf) struct buf all = buf_with_max(WORDS_MAX);
	const char *text = NULL;

	if (field_text_read(node, name, &text, d) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		*ret = i;
		return 0;
	}
	return diag_add(d, node->pos, "%s must be %s, not \"%s\"", name,
	    list_words(words, n, &all), text);
}

int
field_map_read(const struct yaml_node *node, const char *name,
    struct str_map *ret, struct diag *d)
{
	const char *text = NULL;
	int bad = 0;

	if (node->kind != YAML_MAPPING)
		return diag_add(d, node->pos, "%s must be a mapping", name);
	for (size_t i = 0; i < node->n; i++) {
		const char *key = node->keys[i]->value;

		if (field_text_read(node->items[i], key, &text, d) < 0)
			bad = -1;
		else
			str_map_set(ret, key, text);
	}
	return bad;
}

int
field_nothing_read(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)node;
	(void)obj;
	(void)d;
	return 0;
}

/* Pods by their labels. */
#include "policy/selector.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/fields.h"
#include "policy/glob.h"

#define NAME_MAX_LEN   63
#define PREFIX_MAX_LEN 253

static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789";

/* A label's name or value: letters, digits, inner '-', '_', '.'. */
static bool
is_label_text(const char *text, size_t len, size_t max)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-_.";

	return len > 0 && len <= max && strspn(text, all) >= len &&
	       strchr(alnum, text[0]) != NULL &&
	       strchr(alnum, text[len - 1]) != NULL;
}

/* A label that no pod can have would never be found. */
static int
check_key(const struct yaml_node *node, const char *key, struct diag *d)
{
	const char *slash = strchr(key, '/');
	const char *name = slash == NULL ? key : slash + 1;

	if (is_label_text(name, strlen(name), NAME_MAX_LEN) &&
	    (slash == NULL ||
		is_label_text(key, (size_t)(slash - key), PREFIX_MAX_LEN)))
		return 0;
	return diag_add(d, node->pos, "\"%.100s\" is no key of a label", key);
}

static int
check_value(const struct yaml_node *node, const char *value, struct diag *d)
{
	if (value[0] == '\0' ||
	    is_label_text(value, strlen(value), NAME_MAX_LEN))
		return 0;
	return diag_add(d, node->pos, "\"%.100s\" is no value of a label",
	    value);
}

static struct selector_requirement *
add(struct selector *s)
{
	s->items = mem_grow(s->items, s->n, &s->cap, sizeof(*s->items));
	s->items[s->n] = (struct selector_requirement){ 0 };
	return &s->items[s->n++];
}

/* Kyverno takes wildcards for the values of labels. */
static bool
is_wildcard(const struct selector *s, const char *value)
{
	return s->wild && strpbrk(value, "*?") != NULL;
}

static int
read_label(const struct yaml_node *key, const struct yaml_node *node,
    struct selector *s, struct diag *d)
{
	struct selector_requirement *r;
	const char *value;

	if (yaml_read_text(node, &value, d) < 0 ||
	    check_key(key, key->value, d) < 0 ||
	    (!is_wildcard(s, value) && check_value(node, value, d) < 0))
		return -1;
	r = add(s);
	r->wild = is_wildcard(s, value);
	r->key = mem_strdup(key->value);
	r->op = SELECTOR_IN;
	str_list_add(&r->values, value);
	return 0;
}

static int
read_match_labels(const struct yaml_node *node, void *obj, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_MAPPING)
		return diag_add(d, node->pos, "matchLabels must be a mapping");
	for (size_t i = 0; i < node->n; i++)
		bad |= read_label(node->keys[i], node->items[i], obj, d);
	return bad;
}

static int
read_key(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *key = NULL;

	if (field_text_read(node, "key", &key, d) < 0 ||
	    check_key(node, key, d) < 0)
		return -1;
	((struct selector_requirement *)obj)->key = mem_strdup(key);
	return 0;
}

static int
read_operator(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { [SELECTOR_IN] = "In",
		[SELECTOR_NOT_IN] = "NotIn",
		[SELECTOR_EXISTS] = "Exists",
		[SELECTOR_DOES_NOT_EXIST] = "DoesNotExist" };
	size_t i = 0;

	if (field_word_read(node, "operator", words, COUNT_OF(words), &i, d) <
	    0)
		return -1;
	((struct selector_requirement *)obj)->op = (enum selector_operator)i;
	return 0;
}

static int
read_values(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct selector_requirement *r = obj;
	const char *value;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "values must be a list");
	for (size_t i = 0; i < node->n; i++) {
		if (yaml_read_text(node->items[i], &value, d) < 0 ||
		    check_value(node->items[i], value, d) < 0)
			bad = -1;
		else
			str_list_add(&r->values, value);
	}
	return bad;
}

static int
read_expression(const struct yaml_node *node, struct selector *s,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "key", read_key, true },
		{ "operator", read_operator, true },
		{ "values", read_values, false },
	};
	struct selector_requirement *r = add(s);
	bool wants;

	if (yaml_read_mapping(node, "an expression", fields, COUNT_OF(fields),
		r, d) < 0)
		return -1;
	wants = r->op == SELECTOR_IN || r->op == SELECTOR_NOT_IN;
	if (wants == (r->values.n > 0))
		return 0;
	return diag_add(d, node->pos,
	    wants ? "In and NotIn need values"
		  : "Exists and DoesNotExist take no values");
}

static int
read_match_expressions(const struct yaml_node *node, void *obj, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos,
		    "matchExpressions must be a list");
	for (size_t i = 0; i < node->n; i++)
		bad |= read_expression(node->items[i], obj, d);
	return bad;
}

int
selector_read_wild(const struct yaml_node *node, const char *name,
    struct selector *ret, struct diag *d)
{
	ret->wild = true;
	return selector_read(node, name, ret, d);
}

int
selector_read(const struct yaml_node *node, const char *name,
    struct selector *ret, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "matchLabels", read_match_labels, false },
		{ "matchExpressions", read_match_expressions, false },
	};

	if (yaml_read_mapping(node, name, fields, COUNT_OF(fields), ret, d) < 0)
		return -1;
	if (ret->n == 0)
		return diag_add(d, node->pos,
		    "%s is empty: leave it out to cover every pod", name);
	return 0;
}

static bool
holds(const struct selector_requirement *r, const struct str_map *labels)
{
	const char *value = labels == NULL ? NULL : str_map_get(labels, r->key);

	switch (r->op) {
	case SELECTOR_IN:
		return value != NULL &&
		       (r->wild ? glob_match(r->values.items[0], value)
				: str_list_has(&r->values, value));
	case SELECTOR_NOT_IN:
		return value == NULL || !str_list_has(&r->values, value);
	case SELECTOR_EXISTS:
		return value != NULL;
	case SELECTOR_DOES_NOT_EXIST:
		return value == NULL;
	}
	abort();
}

bool
selector_matches(const struct selector *s, const struct str_map *labels)
{
	for (size_t i = 0; i < s->n; i++)
		if (!holds(&s->items[i], labels))
			return false;
	return true;
}

void
selector_clear(struct selector *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i].key);
		str_list_clear(&s->items[i].values);
	}
	free(s->items);
	*s = (struct selector){ 0 };
}

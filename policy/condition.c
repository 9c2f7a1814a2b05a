/* Conditions on attestations: their shape. */
#include "policy/condition.h"

#include <stdlib.h>

#include "base/mem.h"
#include "policy/fields.h"

/* Kyverno's operators, the deprecated In and NotIn among them. */
static const char *const operators[] = { "Equals", "NotEquals", "Equal",
	"NotEqual", "In", "AnyIn", "AllIn", "NotIn", "AnyNotIn", "AllNotIn",
	"GreaterThan", "GreaterThanOrEquals", "LessThan", "LessThanOrEquals",
	"DurationGreaterThan", "DurationGreaterThanOrEquals",
	"DurationLessThan", "DurationLessThanOrEquals" };

static int
read_key(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "key", &text, d) < 0)
		return -1;
	((struct policy_condition *)obj)->key = mem_strdup(text);
	return 0;
}

static int
read_operator(const struct yaml_node *node, void *obj, struct diag *d)
{
	size_t i = 0;

	if (field_word_read(node, "operator", operators, COUNT_OF(operators),
		&i, d) < 0)
		return -1;
	((struct policy_condition *)obj)->operator_ = mem_strdup(operators[i]);
	return 0;
}

static int
add_value(const struct yaml_node *node, struct policy_condition *c,
    struct diag *d)
{
	if (node->kind != YAML_SCALAR)
		return diag_add(d, node->pos,
		    "value must be a text, a number or a list of these");
	str_list_add(&c->values, node->value);
	return 0;
}

static int
read_value(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_condition *c = obj;
	int bad = 0;

	c->list = node->kind == YAML_SEQUENCE;
	if (!c->list)
		return add_value(node, c, d);
	for (size_t i = 0; i < node->n; i++)
		bad |= add_value(node->items[i], c, d);
	return bad;
}

static int
read_message(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (yaml_read_text(node, &text, d) < 0)
		return -1;
	((struct policy_condition *)obj)->message = mem_strdup(text);
	return 0;
}

static int
read_condition(const struct yaml_node *node, struct policy_condition *c,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "key", read_key, true },
		{ "operator", read_operator, true },
		{ "value", read_value, true },
		{ "message", read_message, false },
	};

	c->pos = node->pos;
	return yaml_read_mapping(node, "a condition", fields, COUNT_OF(fields),
	    c, d);
}

static int
read_list(const struct yaml_node *node, struct policy_condition_list *list,
    struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos,
		    "any and all must be lists of conditions");
	list->items = mem_calloc(node->n, sizeof(*list->items));
	list->n = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_condition(node->items[i], &list->items[i], d);
	return bad;
}

static int
read_any(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_list(node, &((struct policy_condition_block *)obj)->any, d);
}

static int
read_all(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_list(node, &((struct policy_condition_block *)obj)->all, d);
}

static int
read_block(const struct yaml_node *node, struct policy_condition_block *b,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "any", read_any, false },
		{ "all", read_all, false },
	};

	if (yaml_read_mapping(node, "conditions", fields, COUNT_OF(fields), b,
		d) < 0)
		return -1;
	if (b->any.n == 0 && b->all.n == 0)
		return diag_add(d, node->pos,
		    "an item of conditions needs any or all");
	return 0;
}

int
policy_conditions_read(const struct yaml_node *node,
    struct policy_conditions *ret, struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "conditions must be a list");
	ret->items = mem_calloc(node->n, sizeof(*ret->items));
	ret->n = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_block(node->items[i], &ret->items[i], d);
	return bad;
}

static void
list_clear(struct policy_condition_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].key);
		free(list->items[i].operator_);
		free(list->items[i].message);
		str_list_clear(&list->items[i].values);
	}
	free(list->items);
}

void
policy_conditions_clear(struct policy_conditions *c)
{
	for (size_t i = 0; i < c->n; i++) {
		list_clear(&c->items[i].any);
		list_clear(&c->items[i].all);
	}
	free(c->items);
	*c = (struct policy_conditions){ 0 };
}

/* Kyverno's preconditions: only one question can be answered for a pull. */
#include "policy/kyverno_private.h"

#include <string.h>

#include "base/mem.h"

#define OPERATION "request.operation"
#define MADE      "CREATE" /* a pull is for a pod that is being made */

static bool
starts_any(const char *operator_, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(operator_, *words) == 0)
			return true;
	return false;
}

/* "{{ request.operation || 'BACKGROUND' }}" and nothing else. */
static bool
is_about_operation(const char *key)
{
	const char *at = strstr(key, OPERATION);

	if (at == NULL || strncmp(key, "{{", 2) != 0)
		return false;
	at += strlen(OPERATION);
	at += strspn(at, " ");
	if (strncmp(at, "||", 2) == 0)
		at += strcspn(at, "}");
	return strcmp(at, "}}") == 0 &&
	       strspn(key + 2, " ") ==
		   (size_t)(strstr(key, OPERATION) - key - 2);
}

static int
holds(const struct policy_condition *c, bool *ret, struct diag *d)
{
	static const char *const in[] = { "Equals", "Equal", "In", "AnyIn",
		"AllIn", NULL };
	static const char *const not_in[] = { "NotEquals", "NotEqual", "NotIn",
		"AnyNotIn", "AllNotIn", NULL };
	bool has = str_list_has(&c->values, MADE);

	if (!is_about_operation(c->key))
		return diag_add(d, c->pos,
		    "preconditions: \"%.200s\" is not known at pull time",
		    c->key);
	if (starts_any(c->operator_, in))
		*ret = has;
	else if (starts_any(c->operator_, not_in))
		*ret = !has;
	else
		return diag_add(d, c->pos,
		    "preconditions: %s does not compare operations",
		    c->operator_);
	return 0;
}

static int
block_holds(const struct policy_condition_block *b, bool *ret, struct diag *d)
{
	bool any = b->any.n == 0, all = true, one = false;
	int bad = 0;

	for (size_t i = 0; i < b->any.n; i++) {
		bad |= holds(&b->any.items[i], &one, d);
		any = any || one;
	}
	for (size_t i = 0; i < b->all.n; i++) {
		bad |= holds(&b->all.items[i], &one, d);
		all = all && one;
	}
	*ret = any && all;
	return bad;
}

/* The older form is a list of conditions that all must hold. */
static struct yaml_node
as_block(const struct yaml_node *node, struct yaml_node *key,
    struct yaml_node **keys, struct yaml_node **items)
{
	*key = (struct yaml_node){ .kind = YAML_SCALAR,
		.pos = node->pos,
		.value = "all" };
	keys[0] = key;
	items[0] = (struct yaml_node *)(uintptr_t)node;
	return (struct yaml_node){ .kind = YAML_MAPPING,
		.pos = node->pos,
		.keys = keys,
		.items = items,
		.n = 1 };
}

int
kyverno_preconditions_read(const struct yaml_node *node, bool *ret,
    struct diag *d)
{
	struct yaml_node key, *keys[1], *items[1], *blocks[1];
	struct yaml_node block = node->kind == YAML_SEQUENCE
				     ? as_block(node, &key, keys, items)
				     : *node;
	struct yaml_node list = { .kind = YAML_SEQUENCE,
		.pos = node->pos,
		.items = blocks,
		.n = 1 };
	struct policy_conditions c = { 0 };
	int bad;

	*ret = true;
	if (yaml_is_null(node) || node->n == 0)
		return 0;
	blocks[0] = &block;
	bad = policy_conditions_read(&list, &c, d);
	for (size_t i = 0; bad == 0 && i < c.n; i++)
		bad = block_holds(&c.items[i], ret, d);
	policy_conditions_clear(&c);
	return bad;
}

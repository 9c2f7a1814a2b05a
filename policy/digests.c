/* Lists of digests, as they are written and as they are asked. */
#include "policy/digests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/digest.h"
#include "policy/fields.h"

static int
compare_with_item(const void *text, const void *item)
{
	return strcmp(text, *(char *const *)item);
}

bool
digest_list_has(const struct str_list *sorted, const char *const *digests,
    size_t n)
{
	for (size_t i = 0; sorted->n > 0 && i < n; i++)
		if (digests[i] != NULL &&
		    bsearch(digests[i], sorted->items, sorted->n,
			sizeof(*sorted->items), compare_with_item) != NULL)
			return true;
	return false;
}

enum policy_listed
policy_digests_look(const struct policy_digests *lists,
    const char *const *digests, size_t n)
{
	if (digest_list_has(&lists->deny, digests, n))
		return POLICY_LISTED_DENY;
	return digest_list_has(&lists->allow, digests, n) ? POLICY_LISTED_ALLOW
							  : POLICY_UNLISTED;
}

static char *
check_digest(const char *text)
{
	if (digest_is_valid(text))
		return NULL;
	return str_printf("\"%.160s\" is no digest, which is \"sha256:\" and "
			  "64 hexadecimal digits in lower case",
	    text);
}

/* By text, and among equal ones as they stand in the file. */
static int
compare_nodes(const void *a, const void *b)
{
	const struct yaml_node *x = *(const struct yaml_node *const *)a;
	const struct yaml_node *y = *(const struct yaml_node *const *)b;
	int by = strcmp(x->value, y->value);

	if (by == 0)
		by = (x->pos.line > y->pos.line) - (x->pos.line < y->pos.line);
	if (by == 0)
		by = (x->pos.column > y->pos.column) -
		     (x->pos.column < y->pos.column);
	return by;
}

/* A digest that stands there twice may have been meant for another one. */
static int
check_distinct(const struct yaml_node *list, const char *name, struct diag *d)
{
	const struct yaml_node **sorted =
	    mem_calloc(list->n, sizeof(const struct yaml_node *));
	int bad = 0;

	for (size_t i = 0; i < list->n; i++)
		sorted[i] = list->items[i];
	qsort(sorted, list->n, sizeof(const struct yaml_node *), compare_nodes);
	for (size_t i = 1; i < list->n; i++) {
		struct diag_pos first = sorted[i - 1]->pos;

		if (strcmp(sorted[i - 1]->value, sorted[i]->value) == 0)
			bad = diag_add(d, sorted[i]->pos,
			    "%s: this digest stands at %s:%u:%u already", name,
			    first.file, first.line, first.column);
	}
	free(sorted);
	return bad;
}

int
digest_list_read(const struct yaml_node *node, const char *name,
    struct str_list *ret, struct diag *d)
{
	struct field_texts field = { name, check_digest, "leave it out" };

	if (node->kind == YAML_SEQUENCE && node->n > POLICY_DIGESTS_MAX)
		return diag_add(d, node->pos, "%s may have %d digests, not %zu",
		    name, POLICY_DIGESTS_MAX, node->n);
	if (field_texts_read(node, &field, ret, d) < 0)
		return -1;
	str_list_sort(ret);
	return check_distinct(node, name, d);
}

static int
read_allow(const struct yaml_node *node, void *obj, struct diag *d)
{
	return digest_list_read(node, "allow",
	    &((struct policy_digests *)obj)->allow, d);
}

static int
read_deny(const struct yaml_node *node, void *obj, struct diag *d)
{
	return digest_list_read(node, "deny",
	    &((struct policy_digests *)obj)->deny, d);
}

int
policy_digests_read(const struct yaml_node *node, struct policy_digests *ret,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "allow", read_allow, false },
		{ "deny", read_deny, false },
	};

	if (node->kind == YAML_MAPPING && node->n == 0)
		return diag_add(d, node->pos,
		    "digests needs allow, deny or both");
	return yaml_read_mapping(node, "digests", fields, COUNT_OF(fields), ret,
	    d);
}

void
policy_digests_clear(struct policy_digests *lists)
{
	str_list_clear(&lists->allow);
	str_list_clear(&lists->deny);
}

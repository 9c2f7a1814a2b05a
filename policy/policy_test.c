/* What people expect of their policies. */
#include "policy/policy_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/fields.h"
#include "policy/image_policy.h"

#define TESTS_MAX 10000

/* Defines the reader of a text that is kept as it is. */
#define DEFINE_TEXT(reader, member, field)                                     \
	static int reader(const struct yaml_node *node, void *obj,             \
	    struct diag *d)                                                    \
	{                                                                      \
		const char *text = NULL;                                       \
		if (field_text_read(node, field, &text, d) < 0)                \
			return -1;                                             \
		((struct policy_test *)obj)->member = mem_strdup(text);        \
		return 0;                                                      \
	}                                                                      \
	struct reader##_needs_semicolon

DEFINE_TEXT(read_name, name, "name");
DEFINE_TEXT(read_image, image, "image");
DEFINE_TEXT(read_namespace, namespace_, "namespace");
DEFINE_TEXT(read_pod, pod, "pod");
DEFINE_TEXT(read_evidence, evidence, "evidence");
DEFINE_TEXT(read_message, message, "message");

static int
read_labels(const struct yaml_node *node, void *obj, struct diag *d)
{
	return field_map_read(node, "podLabels",
	    &((struct policy_test *)obj)->labels, d);
}

static int
read_verdict(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "allowed", "overlooked",
		"refused" };
	size_t i = 0;

	if (field_word_read(node, "verdict", words, COUNT_OF(words), &i, d) < 0)
		return -1;
	((struct policy_test *)obj)->verdict = mem_strdup(words[i]);
	return 0;
}

/* One of the stable names; a word that no answer has would never be met. */
static int
read_cause(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *names[ERR_CODE_COUNT];
	size_t i = 0;

	for (size_t c = 0; c < ERR_CODE_COUNT; c++)
		names[c] = err_name((enum err_code)c);
	if (field_word_read(node, "cause", names, COUNT_OF(names), &i, d) < 0)
		return -1;
	((struct policy_test *)obj)->cause = mem_strdup(names[i]);
	return 0;
}

static int
read_expect(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "verdict", read_verdict, true },
		{ "cause", read_cause, false },
		{ "message", read_message, false },
	};

	return yaml_read_mapping(node, "expect", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_test(const struct yaml_node *node, struct policy_test *t, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "name", read_name, false },
		{ "image", read_image, true },
		{ "namespace", read_namespace, false },
		{ "pod", read_pod, false },
		{ "podLabels", read_labels, false },
		{ "evidence", read_evidence, false },
		{ "expect", read_expect, true },
	};

	t->pos = node->pos;
	if (yaml_read_mapping(node, "a test", fields, COUNT_OF(fields), t, d) <
	    0)
		return -1;
	if (t->namespace_ == NULL && (t->pod != NULL || t->labels.n > 0))
		return diag_add(d, node->pos,
		    "pod and podLabels need a namespace: without one the pull "
		    "names no pod");
	if (t->name == NULL)
		t->name = mem_strdup(t->image);
	return 0;
}

static int
read_tests(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_tests *t = obj;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos, "tests must be a list of some");
	if (node->n > TESTS_MAX)
		return diag_add(d, node->pos, "more than %d tests", TESTS_MAX);
	t->items = mem_calloc(node->n, sizeof(*t->items));
	t->n = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= read_test(node->items[i], &t->items[i], d);
	return bad;
}

static char *
any_path(const char *text)
{
	(void)text;
	return NULL;
}

static int
read_policies(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "policies", any_path,
		"leave it out to test the policies beside it" };

	return field_texts_read(node, &field,
	    &((struct policy_tests *)obj)->policies, d);
}

static int
read_unmatched(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "deny", "allow" };
	size_t i = 0;

	if (field_word_read(node, "unmatched", words, COUNT_OF(words), &i, d) <
	    0)
		return -1;
	((struct policy_tests *)obj)->admits_unmatched = i == 1;
	return 0;
}

static int
read_spec(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "policies", read_policies, false },
		{ "unmatched", read_unmatched, false },
		{ "tests", read_tests, true },
	};

	return yaml_read_mapping(node, "spec", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_metadata(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_tests *t = obj;

	return image_metadata_read(node, &t->name, &t->pos, d);
}

bool
policy_test_is(const struct yaml_node *root)
{
	const struct yaml_node *kind = yaml_get(root, "kind");

	return kind != NULL && kind->kind == YAML_SCALAR &&
	       strcmp(kind->value, "PolicyTest") == 0;
}

int
policy_tests_read(const struct yaml_node *root, struct policy_tests *ret,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "apiVersion", field_nothing_read, true },
		{ "kind", field_nothing_read, true },
		{ "metadata", read_metadata, true },
		{ "spec", read_spec, true },
	};

	return yaml_read_mapping(root, "PolicyTest", fields, COUNT_OF(fields),
	    ret, d);
}

void
policy_tests_clear(struct policy_tests *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct policy_test *one = &t->items[i];

		free(one->name);
		free(one->image);
		free(one->namespace_);
		free(one->pod);
		str_map_clear(&one->labels);
		free(one->evidence);
		free(one->verdict);
		free(one->cause);
		free(one->message);
	}
	free(t->items);
	free(t->name);
	str_list_clear(&t->policies);
	*t = (struct policy_tests){ 0 };
}

int
policy_test_skip(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	AUTO(policy_tests) struct policy_tests ignored = { 0 };

	(void)set;
	return policy_tests_read(root, &ignored, d);
}

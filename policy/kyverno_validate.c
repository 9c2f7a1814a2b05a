/* Kyverno's validate rules, as far as they say which images there may be. */
#include "policy/kyverno_private.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "policy/fields.h"
#include "policy/operators.h"

/* A key without its anchor: "=(image)" says the same where there is an image,
 * and there always is one.  Other anchors are left as they stand. */
static char *
without_anchor(const char *key)
{
	size_t len = strlen(key);

	if (len > 3 && str_starts(key, "=(") && key[len - 1] == ')')
		return mem_strndup(key + 2, len - 3);
	return mem_strdup(key);
}

static bool
is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Is there "image" or "images" as a word of its own?  Behind a '.' only, where
 * the text may be prose: "element.image", but also "images.containers". */
static bool
names_an_image(const char *text, bool prose)
{
	const char *at = text;

	while ((at = strstr(at, "image")) != NULL) {
		bool begins = at == text || !is_word_char(at[-1]);
		bool member = at > text && at[-1] == '.';
		const char *end = at + strlen("image");
		bool plural = *end == 's';

		end += plural;
		if (begins && !is_word_char(*end) &&
		    (!prose || member || (plural && *end == '.')))
			return true;
		at = end;
	}
	return false;
}

/* Where everything is an expression, keys too. */
static bool
expressions_name_an_image(const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR)
		return names_an_image(node->value, false);
	for (size_t i = 0; i < node->n; i++)
		if ((node->kind == YAML_MAPPING &&
			names_an_image(node->keys[i]->value, false)) ||
		    expressions_name_an_image(node->items[i]))
			return true;
	return false;
}

static bool
is_about_images(const struct yaml_node *node)
{
	/* In a variable's braces nothing is prose. */
	if (node->kind == YAML_SCALAR)
		return names_an_image(node->value,
		    strstr(node->value, "{{") == NULL);
	for (size_t i = 0; i < node->n; i++) {
		AUTO(str) char *key = NULL;

		if (node->kind == YAML_MAPPING) {
			key = without_anchor(node->keys[i]->value);
			if (strcmp(key, "image") == 0 ||
			    (strcmp(key, "assert") == 0 &&
				expressions_name_an_image(node->items[i])))
				return true;
			if (strcmp(key, "message") == 0 ||
			    strcmp(key, "podSecurity") == 0)
				continue;
		}
		if (is_about_images(node->items[i]))
			return true;
	}
	return false;
}

bool
kyverno_validate_is_about_images(const struct kyverno_rule *rule)
{
	return rule->validate != NULL &&
	       (is_about_images(rule->validate) ||
		   (rule->context != NULL &&
		       expressions_name_an_image(rule->context)));
}

/* The pattern of a pod: what it wants of images. */
struct pattern {
	const char *image; /* NULL: nothing was said yet */
	bool every_container;
};

/* "*" and "?*" ask only that there be something, and these always are. */
static bool
asks_nothing(const char *key, const struct yaml_node *node)
{
	return strcmp(key, "name") == 0 && node->kind == YAML_SCALAR &&
	       (strcmp(node->value, "*") == 0 ||
		   strcmp(node->value, "?*") == 0);
}

static int
undecidable(const struct yaml_node *key, struct diag *d)
{
	return diag_add(d, key->pos,
	    "\"%.100s\" beside image cannot be decided at pull time",
	    key->value);
}

static int
take_image(const struct yaml_node *node, struct pattern *pattern,
    struct diag *d)
{
	AUTO(str) char *complaint = NULL;
	const char *text = NULL;

	if (field_text_read(node, "image", &text, d) < 0)
		return -1;
	complaint = operators_check(text);
	if (complaint != NULL)
		return diag_add(d, node->pos, "image: %s", complaint);
	if (pattern->image != NULL && strcmp(pattern->image, text) != 0)
		return diag_add(d, node->pos,
		    "containers of several sorts may have different images, "
		    "and a pull does not say which sort it is for");
	pattern->image = text;
	return 0;
}

static int
read_container(const struct yaml_node *node, struct pattern *pattern,
    struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_MAPPING)
		return diag_add(d, node->pos,
		    "a pattern of a container must be a mapping");
	for (size_t i = 0; i < node->n; i++) {
		AUTO(str) char *key = without_anchor(node->keys[i]->value);

		if (strcmp(key, "image") == 0)
			bad |= take_image(node->items[i], pattern, d);
		else if (!asks_nothing(key, node->items[i]))
			bad |= undecidable(node->keys[i], d);
	}
	return bad;
}

/* Every container must match the one item of the list. */
static int
read_containers(const struct yaml_node *node, struct pattern *pattern,
    struct diag *d)
{
	if (node->kind != YAML_SEQUENCE || node->n != 1)
		return diag_add(d, node->pos,
		    "a pattern of containers must be a list of one item");
	return read_container(node->items[0], pattern, d);
}

static bool
is_containers(const char *key)
{
	return strcmp(key, "containers") == 0 ||
	       strcmp(key, "initContainers") == 0 ||
	       strcmp(key, "ephemeralContainers") == 0;
}

static bool
leads_to_pods(const char *key)
{
	return strcmp(key, "spec") == 0 || strcmp(key, "template") == 0 ||
	       strcmp(key, "jobTemplate") == 0;
}

/* spec.containers, and where pods are made: spec.template.spec.containers. */
static int
read_level(const struct yaml_node *node, struct pattern *pattern,
    struct diag *d)
{
	size_t sorts = 0;
	int bad = 0;

	if (node->kind != YAML_MAPPING)
		return diag_add(d, node->pos, "a pattern must be a mapping");
	for (size_t i = 0; i < node->n; i++) {
		AUTO(str) char *key = without_anchor(node->keys[i]->value);

		if (is_containers(key)) {
			sorts++;
			bad |= read_containers(node->items[i], pattern, d);
		} else if (leads_to_pods(key)) {
			bad |= read_level(node->items[i], pattern, d);
		} else {
			bad |= undecidable(node->keys[i], d);
		}
	}
	pattern->every_container = pattern->every_container || sorts == 3;
	return bad;
}

static int
read_pattern(const struct yaml_node *node, struct pattern *pattern,
    struct diag *d)
{
	*pattern = (struct pattern){ 0 };
	if (read_level(node, pattern, d) < 0)
		return -1;
	if (pattern->image == NULL)
		return diag_add(d, node->pos, "the pattern names no image");
	if (!pattern->every_container)
		diag_note(d, node->pos,
		    "a pull does not say which container it is for: the rule "
		    "covers init and ephemeral containers too");
	return 0;
}

/* A validate rule while it is read. */
struct rule {
	struct policy *p;
	bool found;
};

static int
read_one(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct rule *rule = obj;
	struct pattern pattern;

	if (read_pattern(node, &pattern, d) < 0)
		return -1;
	str_list_add(&rule->p->reference.patterns, pattern.image);
	rule->found = true;
	return 0;
}

/* One of them must match: alternatives, as '|' makes them. */
static int
read_any(const struct yaml_node *node, void *obj, struct diag *d)
{
	AUTO(str_list) struct str_list all = { 0 };
	struct rule *rule = obj;
	struct pattern pattern;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos, "anyPattern must be a list");
	for (size_t i = 0; i < node->n; i++) {
		if (read_pattern(node->items[i], &pattern, d) < 0)
			return -1;
		str_list_add(&all, pattern.image);
	}
	str_list_own(&rule->p->reference.patterns, str_list_join(&all, " | "));
	rule->found = true;
	return 0;
}

DEFINE_UNDECIDABLE(read_element_deny, "deny",
    "conditions on images are not evaluated at pull time");
DEFINE_UNDECIDABLE(read_element_preconditions, "preconditions",
    "conditions on images are not evaluated at pull time");
DEFINE_UNDECIDABLE(read_element_context, "context",
    "what the cluster knows is not known at pull time");
DEFINE_UNDECIDABLE(read_inner_foreach, "foreach",
    "only lists of containers can be gone through");

/* "request.object.spec.containers", or several sorts at once. */
static int
read_element_list(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const known[] = {
		"request.object.spec.containers",
		"request.object.spec.initContainers",
		"request.object.spec.ephemeralContainers",
		"request.object.spec.[ephemeralContainers, initContainers, "
		"containers][]",
		"request.object.spec.[initContainers, ephemeralContainers, "
		"containers][]",
		"request.object.spec.[containers, initContainers, "
		"ephemeralContainers][]",
	};
	const char *text = NULL;

	(void)obj;
	if (field_text_read(node, "list", &text, d) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(known[i], text) == 0)
			return 0;
	return diag_add(d, node->pos,
	    "list: only containers can be gone through, such as "
	    "request.object.spec.containers");
}

static int
read_element_pattern(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct pattern *pattern = obj;

	return read_container(node, pattern, d);
}

/* Every container, one after the other. */
static int
read_foreach(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "list", read_element_list, true },
		{ "pattern", read_element_pattern, false },
		{ "elementScope", field_nothing_read, false },
		{ "deny", read_element_deny, false },
		{ "anyPattern", read_element_deny, false },
		{ "preconditions", read_element_preconditions, false },
		{ "context", read_element_context, false },
		{ "foreach", read_inner_foreach, false },
	};
	struct pattern pattern = { 0 };
	struct rule *rule = obj;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "foreach must be a list");
	for (size_t i = 0; i < node->n; i++)
		bad |= yaml_read_mapping(node->items[i], "foreach", fields,
		    COUNT_OF(fields), &pattern, d);
	if (bad < 0)
		return -1;
	if (pattern.image == NULL)
		return diag_add(d, node->pos, "foreach names no image");
	str_list_add(&rule->p->reference.patterns, pattern.image);
	rule->found = true;
	return 0;
}

/* Variables are not known here: such a message is left out. */
static int
read_message(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = ((struct rule *)obj)->p;
	const char *text = NULL;

	if (yaml_read_text(node, &text, d) < 0)
		return -1;
	if (text[0] != '\0' && strstr(text, "{{") == NULL)
		p->reference.message = mem_strdup(text);
	return 0;
}

static int
read_failure_action(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy *p = ((struct rule *)obj)->p;

	if (kyverno_action_read(node, &p->action, d) < 0)
		return -1;
	policy_clear_overrides(p);
	return 0;
}

/* Read before, as it goes before failureAction whatever the order. */
static int
read_overrides(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)node;
	(void)obj;
	(void)d;
	return 0;
}

DEFINE_UNDECIDABLE(read_deny, "deny",
    "conditions on images are not evaluated at pull time");
DEFINE_UNDECIDABLE(read_cel, "cel",
    "expressions on images are not evaluated at pull time");
DEFINE_UNDECIDABLE(read_assert, "assert",
    "assertions on images are not evaluated at pull time");
DEFINE_UNDECIDABLE(read_manifests, "manifests",
    "signatures of manifests are not verified at pull time");

int
kyverno_validate_read(const struct yaml_node *node, struct policy *p,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "message", read_message, false },
		{ "pattern", read_one, false },
		{ "anyPattern", read_any, false },
		{ "failureAction", read_failure_action, false },
		{ "failureActionOverrides", read_overrides, false },
		{ "allowExistingViolations", field_nothing_read, false },
		{ "deny", read_deny, false },
		{ "foreach", read_foreach, false },
		{ "cel", read_cel, false },
		{ "assert", read_assert, false },
		{ "manifests", read_manifests, false },
	};
	const struct yaml_node *overrides =
	    yaml_get(node, "failureActionOverrides");
	struct rule rule = { .p = p };

	if (yaml_read_mapping(node, "validate", fields, COUNT_OF(fields), &rule,
		d) < 0)
		return -1;
	if (!rule.found)
		return diag_add(d, node->pos,
		    "validate needs pattern or anyPattern");
	str_list_add(&p->images, "*");
	if (overrides == NULL)
		return 0;
	policy_clear_overrides(p);
	return kyverno_overrides_read(overrides, p, d);
}

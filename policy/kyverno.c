/* Kyverno's documents: the policy and its rules. */
#include "policy/kyverno.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "policy/fields.h"
#include "policy/kyverno_private.h"
#include "policy/pattern.h"

int
kyverno_action_read(const struct yaml_node *node, enum policy_action *ret,
    struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "action", &text, d) < 0)
		return -1;
	if (strcasecmp(text, "enforce") == 0)
		*ret = POLICY_ENFORCE;
	else if (strcasecmp(text, "audit") == 0)
		*ret = POLICY_AUDIT;
	else
		return diag_add(d, node->pos,
		    "the action must be Enforce or Audit, not \"%.40s\"", text);
	return 0;
}

DEFINE_UNDECIDABLE(read_namespace_selector, "namespaceSelector",
    "a pull names a namespace and not its labels; write namespaces");

static int
read_override_action(const struct yaml_node *node, void *obj, struct diag *d)
{
	return kyverno_action_read(node,
	    &((struct policy_override *)obj)->action, d);
}

static int
read_override_namespaces(const struct yaml_node *node, void *obj,
    struct diag *d)
{
	static const struct field_texts field = { "namespaces",
		pattern_check_namespace, NULL };

	return field_texts_read(node, &field,
	    &((struct policy_override *)obj)->namespaces, d);
}

int
kyverno_overrides_read(const struct yaml_node *node, struct policy *p,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "action", read_override_action, true },
		{ "namespaces", read_override_namespaces, false },
		{ "namespaceSelector", read_namespace_selector, false },
	};
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos,
		    "overrides of the action must be a list");
	p->overrides = mem_calloc(node->n, sizeof(*p->overrides));
	p->noverrides = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |= yaml_read_mapping(node->items[i], "an override", fields,
		    COUNT_OF(fields), &p->overrides[i], d);
	return bad;
}

/* What a policy of the rule starts from: the document's settings. */
static int
prepare(const struct kyverno_rule *rule, struct policy *p, struct diag *d)
{
	const struct kyverno_doc *doc = rule->doc;

	p->pos = rule->pos;
	p->failure = doc->failure;
	p->timeout_ms = doc->timeout_ms;
	p->action = POLICY_AUDIT;
	if (doc->action != NULL &&
	    kyverno_action_read(doc->action, &p->action, d) < 0)
		return -1;
	return doc->overrides == NULL
		   ? 0
		   : kyverno_overrides_read(doc->overrides, p, d);
}

/* "policy/rule", with the namespace of a Policy before it and the number of the
 * item behind it where there are several. */
static char *
name_of(const struct kyverno_rule *rule, size_t item, size_t items)
{
	const struct kyverno_doc *doc = rule->doc;
	AUTO(str)
	char *number = items > 1 ? str_printf("[%zu]", item) : mem_strdup("");

	return str_printf("%s%s%s/%s%s",
	    doc->namespace_ == NULL ? "" : doc->namespace_,
	    doc->namespace_ == NULL ? "" : "/", doc->name, rule->name, number);
}

static int
finish(const struct kyverno_rule *rule, struct policy *p, struct diag *d)
{
	enum kyverno_about about;

	/* Complaints about match were made once, by read_image_rule(). */
	if (kyverno_match_read(rule, &p->pods, &about, d) < 0)
		return -1;
	if (rule->doc->audit_only) {
		policy_clear_overrides(p);
		p->action = POLICY_AUDIT;
	}
	policy_set_own(rule->doc->set, p);
	return 0;
}

static int
read_item(const struct kyverno_rule *rule, const struct yaml_node *node,
    size_t item, size_t items, struct diag *d)
{
	AUTO(policy) struct policy *p = policy_new(POLICY_KYVERNO);
	AUTO(diag) struct diag quiet = { 0 };

	p->name = name_of(rule, item, items);
	if (prepare(rule, p, d) < 0 || kyverno_verify_read(node, p, d) < 0 ||
	    finish(rule, p, &quiet) < 0)
		return -1;
	(void)TAKE(p);
	return 0;
}

static int
read_verify_images(const struct kyverno_rule *rule, struct diag *d)
{
	const struct yaml_node *node = rule->verify_images;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos,
		    "verifyImages must be a list of some");
	for (size_t i = 0; i < node->n; i++)
		bad |= read_item(rule, node->items[i], i, node->n, d);
	return bad;
}

static int
read_validate(const struct kyverno_rule *rule, struct diag *d)
{
	AUTO(policy) struct policy *p = policy_new(POLICY_KYVERNO);
	AUTO(diag) struct diag quiet = { 0 };

	p->name = name_of(rule, 0, 1);
	if (prepare(rule, p, d) < 0 ||
	    kyverno_validate_read(rule->validate, p, d) < 0 ||
	    finish(rule, p, &quiet) < 0)
		return -1;
	(void)TAKE(p);
	return 0;
}

static bool
is_about_images(const struct kyverno_rule *rule)
{
	return rule->verify_images != NULL ||
	       kyverno_validate_is_about_images(rule);
}

/* Kyverno leaves some namespaces out by its own configuration, which nobody
 * sees in the policy. */
static void
note_system_pods(const struct kyverno_rule *rule,
    const struct policy_pods *pods, struct diag *d)
{
	struct pod_facts facts = { "kube-system", "some", NULL };

	if (rule->doc->system_noted || pods_cover(pods, &facts) != PODS_COVERED)
		return;
	rule->doc->system_noted = true;
	diag_note(d, rule->pos,
	    "rule \"%s\" covers kube-system too, which Kyverno leaves out "
	    "unless its resourceFilters were changed",
	    rule->name);
}

static int
refuse_undecidable(const struct kyverno_rule *rule, struct diag *d)
{
	int bad = 0;

	if (rule->context != NULL && rule->context->n > 0)
		bad |= diag_add(d, rule->context->pos,
		    "context: what the cluster knows is not known at pull "
		    "time");
	if (rule->cel_preconditions != NULL && rule->cel_preconditions->n > 0)
		bad |= diag_add(d, rule->cel_preconditions->pos,
		    "celPreconditions: expressions are not evaluated at pull "
		    "time");
	if (rule->doc->first_rule_only && rule->doc->rules->n > 1)
		bad |= diag_add(d, rule->pos,
		    "applyRules One: which rule comes first cannot be decided "
		    "at pull time; use All");
	return bad;
}

/* Is there any pod that the rule speaks about? */
static int
find_pods(const struct kyverno_rule *rule, bool *any, struct diag *d)
{
	struct policy_pods pods = { 0 };
	enum kyverno_about about = KYVERNO_ABOUT_OTHERS;
	bool applies = true;
	int bad = kyverno_match_read(rule, &pods, &about, d);

	*any = about == KYVERNO_ABOUT_PODS;
	if (bad == 0 && *any && rule->preconditions != NULL) {
		bad = kyverno_preconditions_read(rule->preconditions, &applies,
		    d);
		*any = applies;
	}
	if (bad == 0 && *any)
		note_system_pods(rule, &pods, d);
	policy_pods_clear(&pods);
	return bad;
}

static int
read_image_rule(const struct kyverno_rule *rule, struct diag *d)
{
	bool any = false;
	int bad = 0;

	if (find_pods(rule, &any, d) < 0)
		return -1;
	if (!any) {
		diag_note(d, rule->pos,
		    "rule \"%s\" is not about pods that are made: left out",
		    rule->name);
		return 0;
	}
	if (refuse_undecidable(rule, d) < 0)
		return -1;
	if (rule->verify_images != NULL)
		bad |= read_verify_images(rule, d);
	if (kyverno_validate_is_about_images(rule))
		bad |= read_validate(rule, d);
	return bad;
}

#define DEFINE_KEEP(reader, type, member)                                      \
	static int reader(const struct yaml_node *node, void *obj,             \
	    struct diag *d)                                                    \
	{                                                                      \
		(void)d;                                                       \
		((type *)obj)->member = node;                                  \
		return 0;                                                      \
	}                                                                      \
	struct reader##_needs_semicolon

DEFINE_KEEP(keep_match, struct kyverno_rule, match);
DEFINE_KEEP(keep_exclude, struct kyverno_rule, exclude);
DEFINE_KEEP(keep_context, struct kyverno_rule, context);
DEFINE_KEEP(keep_preconditions, struct kyverno_rule, preconditions);
DEFINE_KEEP(keep_cel_preconditions, struct kyverno_rule, cel_preconditions);
DEFINE_KEEP(keep_validate, struct kyverno_rule, validate);
DEFINE_KEEP(keep_verify_images, struct kyverno_rule, verify_images);

static int
read_rule_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct kyverno_rule *rule = obj;

	rule->pos = node->pos;
	return field_text_read(node, "name", &rule->name, d);
}

static int
read_rule(const struct yaml_node *node, struct kyverno_doc *doc, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "name", read_rule_name, true },
		{ "match", keep_match, false },
		{ "exclude", keep_exclude, false },
		{ "context", keep_context, false },
		{ "preconditions", keep_preconditions, false },
		{ "celPreconditions", keep_cel_preconditions, false },
		{ "validate", keep_validate, false },
		{ "verifyImages", keep_verify_images, false },
		{ "imageExtractors", field_nothing_read, false },
		{ "mutate", field_nothing_read, false },
		{ "generate", field_nothing_read, false },
		{ "skipBackgroundRequests", field_nothing_read, false },
		{ "reportProperties", field_nothing_read, false },
	};
	struct kyverno_rule rule = { .doc = doc, .pos = node->pos };

	if (yaml_read_mapping(node, "a rule", fields, COUNT_OF(fields), &rule,
		d) < 0)
		return -1;
	if (is_about_images(&rule))
		return read_image_rule(&rule, d);
	diag_note(d, rule.pos, "rule \"%s\" is not about images: left out",
	    rule.name);
	return 0;
}

static int
read_rules(struct kyverno_doc *doc, struct diag *d)
{
	int bad = 0;

	if (doc->rules->kind != YAML_SEQUENCE)
		return diag_add(d, doc->rules->pos, "rules must be a list");
	for (size_t i = 0; i < doc->rules->n; i++)
		bad |= read_rule(doc->rules->items[i], doc, d);
	return bad;
}

DEFINE_KEEP(keep_rules, struct kyverno_doc, rules);
DEFINE_KEEP(keep_action, struct kyverno_doc, action);
DEFINE_KEEP(keep_overrides, struct kyverno_doc, overrides);

static int
read_failure_policy(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "Fail", "Ignore" };
	size_t i = 0;

	if (field_word_read(node, "failurePolicy", words, COUNT_OF(words), &i,
		d) < 0)
		return -1;
	((struct kyverno_doc *)obj)->failure =
	    i == 0 ? POLICY_FAIL : POLICY_IGNORE;
	return 0;
}

static int
read_timeout(const struct yaml_node *node, void *obj, struct diag *d)
{
	long long seconds = 0;

	if (yaml_read_number(node, 1, 30, &seconds, d) < 0)
		return -1;
	((struct kyverno_doc *)obj)->timeout_ms = seconds * 1000;
	return 0;
}

static int
read_apply_rules(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const char *const words[] = { "All", "One" };
	size_t i = 0;

	if (field_word_read(node, "applyRules", words, COUNT_OF(words), &i, d) <
	    0)
		return -1;
	((struct kyverno_doc *)obj)->first_rule_only = i == 1;
	return 0;
}

/* A policy that is not applied at admission is only reported on. */
static int
read_admission(const struct yaml_node *node, void *obj, struct diag *d)
{
	bool admission = true;

	if (yaml_read_bool(node, &admission, d) < 0)
		return -1;
	((struct kyverno_doc *)obj)->audit_only = !admission;
	return 0;
}

static int
read_match_conditions(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)obj;
	if (node->kind == YAML_SEQUENCE && node->n == 0)
		return 0;
	return diag_add(d, node->pos,
	    "matchConditions: expressions are not evaluated at pull time");
}

static int
read_webhook(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "timeoutSeconds", read_timeout, false },
		{ "failurePolicy", read_failure_policy, false },
		{ "matchConditions", read_match_conditions, false },
	};

	return yaml_read_mapping(node, "webhookConfiguration", fields,
	    COUNT_OF(fields), obj, d);
}

static int
read_spec(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "rules", keep_rules, true },
		{ "validationFailureAction", keep_action, false },
		{ "validationFailureActionOverrides", keep_overrides, false },
		{ "failurePolicy", read_failure_policy, false },
		{ "webhookTimeoutSeconds", read_timeout, false },
		{ "webhookConfiguration", read_webhook, false },
		{ "applyRules", read_apply_rules, false },
		{ "admission", read_admission, false },
		{ "background", field_nothing_read, false },
		{ "schemaValidation", field_nothing_read, false },
		{ "emitWarning", field_nothing_read, false },
		{ "generateExisting", field_nothing_read, false },
		{ "generateExistingOnPolicyUpdate", field_nothing_read, false },
		{ "mutateExistingOnPolicyUpdate", field_nothing_read, false },
		{ "useServerSideApply", field_nothing_read, false },
	};

	return yaml_read_mapping(node, "spec", fields, COUNT_OF(fields), obj,
	    d);
}

static int
read_metadata(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct kyverno_doc *doc = obj;
	const struct yaml_node *namespace_ = yaml_get(node, "namespace");
	const struct yaml_node *name = yaml_get(node, "name");

	if (name == NULL)
		return diag_add(d, node->pos, "metadata needs \"name\"");
	if (field_text_read(name, "name", &doc->name, d) < 0)
		return -1;
	if (doc->cluster)
		return 0;
	if (namespace_ == NULL)
		return diag_add(d, node->pos,
		    "a Policy needs metadata.namespace: it is for the pods of "
		    "that namespace");
	return field_text_read(namespace_, "namespace", &doc->namespace_, d);
}

static int
read_document(const struct yaml_node *root, struct policy_set *set,
    bool cluster, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "apiVersion", field_nothing_read, true },
		{ "kind", field_nothing_read, true },
		{ "metadata", read_metadata, true },
		{ "spec", read_spec, true },
		{ "status", field_nothing_read, false },
	};
	struct kyverno_doc doc = { .set = set,
		.cluster = cluster,
		.timeout_ms = POLICY_TIMEOUT_DEFAULT_MS };

	if (yaml_read_mapping(root, cluster ? "ClusterPolicy" : "Policy",
		fields, COUNT_OF(fields), &doc, d) < 0)
		return -1;
	return read_rules(&doc, d);
}

int
kyverno_cluster_policy_read(const struct yaml_node *root,
    struct policy_set *set, struct diag *d)
{
	return read_document(root, set, true, d);
}

int
kyverno_policy_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	return read_document(root, set, false, d);
}

int
kyverno_cel_policy_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	(void)set;
	return diag_add(d, yaml_get(root, "kind")->pos,
	    "kind \"%.60s\" is written in CEL, which is not evaluated yet; "
	    "write the same as kind ClusterPolicy or ImagePolicy",
	    yaml_get(root, "kind")->value);
}

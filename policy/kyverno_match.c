/* Kyverno's match and exclude, as far as a pull can tell. */
#include "policy/kyverno_private.h"

#include <string.h>

#include "base/mem.h"
#include "policy/fields.h"
#include "policy/pattern.h"

/* Kinds whose pods are pulled for; a pull does not say who owns its pod. */
static const char *const owners[] = { "Deployment", "DaemonSet", "StatefulSet",
	"ReplicaSet", "ReplicationController", "Job", "CronJob" };

/* One filter while it is read. */
struct filter {
	struct pod_filter *pods;
	const struct yaml_node *names; /* the first of names, selector */
	bool pod, owner, other;
	bool never; /* its operations make no pod */
	bool empty;
	bool namespaced; /* of a Policy, whose namespaces are given */
};

DEFINE_UNDECIDABLE(read_subjects, "subjects",
    "who made the pod is not known when it is pulled for");
DEFINE_UNDECIDABLE(read_roles, "roles",
    "who made the pod is not known when it is pulled for");
DEFINE_UNDECIDABLE(read_cluster_roles, "clusterRoles",
    "who made the pod is not known when it is pulled for");
DEFINE_UNDECIDABLE(read_namespace_selector, "namespaceSelector",
    "a pull names a namespace and not its labels; write namespaces");
DEFINE_UNDECIDABLE(read_annotations, "annotations",
    "annotations of pods are not matched; write selector, on labels");

/* "Pod", "v1/Pod", "apps/v1/Deployment", "*", "Pod/ephemeralcontainers". */
static void
note_kind(struct filter *f, const char *kind)
{
	AUTO(str) char *copy = mem_strdup(kind);
	char *name = copy, *slash;

	for (slash = strchr(name, '/'); slash != NULL;
	     slash = strchr(name, '/')) {
		bool version =
		    name[0] == 'v' && name[1] >= '0' && name[1] <= '9';
		bool group = strchr(name, '.') != NULL || version ||
			     name[0] == '*' ||
			     (name[0] >= 'a' && name[0] <= 'z');

		if (!group || (size_t)(slash - name) == strlen(name) - 1)
			break;
		name = slash + 1;
	}
	name[strcspn(name, "/.")] = '\0';
	if (strcmp(name, "Pod") == 0 || strpbrk(name, "*?") != NULL) {
		f->pod = true;
		return;
	}
	for (size_t i = 0; i < COUNT_OF(owners); i++)
		if (strcmp(owners[i], name) == 0) {
			f->owner = true;
			return;
		}
	f->other = true;
}

static int
read_kinds(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;
	int bad = 0;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "kinds must be a list");
	for (size_t i = 0; i < node->n; i++) {
		if (field_text_read(node->items[i], "kinds", &text, d) < 0)
			bad = -1;
		else
			note_kind(obj, text);
	}
	return bad;
}

static int
read_wildcards(const struct yaml_node *node, const char *name,
    struct str_list *ret, struct diag *d)
{
	struct field_texts field = { name, pattern_check_namespace, NULL };

	if (strcmp(name, "names") == 0)
		field.check = pattern_check_pod;
	return field_texts_read(node, &field, ret, d);
}

static int
read_namespaces(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct filter *f = obj;

	if (f->namespaced)
		return diag_add(d, node->pos,
		    "namespaces: a Policy is for its own namespace");
	return read_wildcards(node, "namespaces", &f->pods->namespaces, d);
}

static int
read_names(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct filter *f = obj;

	f->names = node;
	return read_wildcards(node, "names", &f->pods->names, d);
}

static int
read_name(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct filter *f = obj;
	const char *text = NULL;

	f->names = node;
	if (field_text_read(node, "name", &text, d) < 0)
		return -1;
	str_list_add(&f->pods->names, text);
	return 0;
}

static int
read_selector(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct filter *f = obj;

	f->names = node;
	return selector_read_wild(node, "selector", &f->pods->labels, d);
}

static int
read_operations(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct filter *f = obj;
	const char *text = NULL;

	if (node->kind != YAML_SEQUENCE)
		return diag_add(d, node->pos, "operations must be a list");
	f->never = node->n > 0;
	for (size_t i = 0; i < node->n; i++) {
		if (field_text_read(node->items[i], "operations", &text, d) < 0)
			return -1;
		if (strcmp(text, "CREATE") == 0 || strcmp(text, "UPDATE") == 0)
			f->never = false;
	}
	return 0;
}

static int
check_owner(const struct filter *f, struct diag *d)
{
	if (f->names == NULL || f->pod || !f->owner)
		return 0;
	return diag_add(d, f->names->pos,
	    "names and labels of what owns a pod are not known when it is "
	    "pulled for; match kind Pod");
}

static int
read_resources(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "kinds", read_kinds, false },
		{ "name", read_name, false },
		{ "names", read_names, false },
		{ "namespaces", read_namespaces, false },
		{ "annotations", read_annotations, false },
		{ "selector", read_selector, false },
		{ "namespaceSelector", read_namespace_selector, false },
		{ "operations", read_operations, false },
	};
	struct filter *f = obj;

	f->empty = node->n == 0;
	if (yaml_read_mapping(node, "resources", fields, COUNT_OF(fields), f,
		d) < 0)
		return -1;
	return check_owner(f, d);
}

static const struct yaml_field filter_fields[] = {
	{ "resources", read_resources, false },
	{ "subjects", read_subjects, false },
	{ "roles", read_roles, false },
	{ "clusterRoles", read_cluster_roles, false },
};

/* Is a pod ever meant?  Where no kind is named, every kind is.  What is said of
 * owners is also said of their pods, but to exclude an owner leaves its pods. */
static bool
means_pods(const struct filter *f, bool excludes)
{
	bool kinds = f->pod || f->owner || f->other;

	return !f->never && (f->pod || (f->owner && !excludes) || !kinds);
}

/* A Policy is for the pods of its own namespace. */
static void
keep_to_namespace(const struct kyverno_doc *doc, struct pod_filter *pods)
{
	if (doc->namespace_ != NULL)
		str_list_add(&pods->namespaces, doc->namespace_);
}

/* One block of match or exclude: lists of filters, and what came of them. */
struct block {
	const struct kyverno_doc *doc;
	struct pod_filters *list;
	bool excludes;
	bool about_pods;
	bool owners_only;
	bool given;
	bool none; /* of filters that must all hold, one never does */
};

static int
add_filter(const struct yaml_node *node, struct block *b, struct diag *d)
{
	struct filter f = { .namespaced = b->doc->namespace_ != NULL };

	f.pods = pod_filters_add(b->list);
	b->given = true;
	if (yaml_read_mapping(node, b->excludes ? "exclude" : "match",
		filter_fields, COUNT_OF(filter_fields), &f, d) < 0)
		return -1;
	if (yaml_get(node, "resources") == NULL || f.empty)
		return diag_add(d, node->pos, "a filter needs resources");
	keep_to_namespace(b->doc, f.pods);
	b->owners_only = b->owners_only || (f.owner && !f.pod);
	b->about_pods = b->about_pods || means_pods(&f, b->excludes);
	if (!means_pods(&f, b->excludes)) {
		pod_filters_drop(b->list);
		b->none = b->none || b->list->all;
	}
	return 0;
}

static int
read_filters(const struct yaml_node *node, struct block *b, bool all,
    struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos, "any and all must be lists");
	if (b->given)
		return diag_add(d, node->pos,
		    "any, all and resources cannot stand together");
	b->list->all = all;
	for (size_t i = 0; i < node->n; i++)
		bad |= add_filter(node->items[i], b, d);
	return bad;
}

static int
read_any(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_filters(node, obj, false, d);
}

static int
read_all(const struct yaml_node *node, void *obj, struct diag *d)
{
	return read_filters(node, obj, true, d);
}

static int
read_block(const struct yaml_node *node, struct block *b, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "any", read_any, false },
		{ "all", read_all, false },
	};
	const char *what = b->excludes ? "exclude" : "match";

	if (node->kind == YAML_MAPPING && yaml_get(node, "any") == NULL &&
	    yaml_get(node, "all") == NULL && node->n > 0)
		return add_filter(node, b, d);
	if (yaml_read_mapping(node, what, fields, COUNT_OF(fields), b, d) < 0)
		return -1;
	if (!b->given && !b->excludes)
		return diag_add(d, node->pos, "match is empty");
	return 0;
}

static int
read_exclude(const struct kyverno_rule *rule, bool of_owners,
    struct policy_pods *ret, struct diag *d)
{
	struct block b = { .doc = rule->doc,
		.list = &ret->exclude,
		.excludes = true };

	if (rule->exclude == NULL || yaml_is_null(rule->exclude))
		return 0;
	if (read_block(rule->exclude, &b, d) < 0)
		return -1;
	while (b.none && b.list->n > 0)
		pod_filters_drop(b.list);
	if (b.owners_only && of_owners)
		return diag_add(d, rule->exclude->pos,
		    "exclude: who owns a pod is not known when it is pulled "
		    "for; exclude kind Pod");
	return 0;
}

int
kyverno_match_read(const struct kyverno_rule *rule, struct policy_pods *ret,
    enum kyverno_about *about, struct diag *d)
{
	struct block b = { .doc = rule->doc, .list = &ret->match };

	if (rule->match == NULL)
		return diag_add(d, rule->pos, "rule \"%s\" needs match",
		    rule->name);
	if (read_block(rule->match, &b, d) < 0)
		return -1;
	*about =
	    b.about_pods && !b.none ? KYVERNO_ABOUT_PODS : KYVERNO_ABOUT_OTHERS;
	if (*about == KYVERNO_ABOUT_OTHERS)
		return 0;
	if (b.owners_only)
		diag_warn(d, rule->match->pos,
		    "a pull does not say who owns its pod: the rule covers "
		    "pods of every owner");
	return read_exclude(rule, b.owners_only, ret, d);
}

/* policy.json of containers/image: scopes and what each requires. */
#include "policy/containers.h"

#include <string.h>

#include "base/mem.h"
#include "policy/containers_signed.h"
#include "policy/fields.h"
#include "policy/glob.h"
#include "policy/pattern.h"

#define SCOPES_MAX 2000

/* The document while it is read. */
struct document {
	struct policy_set *set;
	const struct yaml_node *fallback; /* `default` */
	const struct yaml_node *docker;   /* scopes of the docker transport */
};

/* An attestor that one entry, of this kind, decides. */
static struct policy_entry *
only_entry(struct policy_attestor *a, enum policy_entry_kind kind)
{
	a->entries = mem_calloc(1, sizeof(*a->entries));
	a->nentries = a->count = 1;
	a->entries[0].kind = kind;
	a->entries[0].pos = a->pos;
	return a->entries;
}

static int
check_alone(const struct yaml_node *node, const char *type, struct diag *d)
{
	if (node->n == 1)
		return 0;
	return diag_add(d, node->pos, "%s takes nothing but type", type);
}

static int
read_requirement(const struct yaml_node *node, struct policy_attestor *a,
    struct diag *d)
{
	const struct yaml_node *type = yaml_get(node, "type");
	const char *text = NULL;

	a->pos = node->pos;
	if (type == NULL)
		return diag_add(d, node->pos, "a requirement needs \"type\"");
	if (field_text_read(type, "type", &text, d) < 0)
		return -1;
	if (strcmp(text, "sigstoreSigned") == 0)
		return containers_signed_read(node, a, d);
	if (strcmp(text, "insecureAcceptAnything") == 0) {
		diag_warn(d, type->pos,
		    "insecureAcceptAnything admits every image of its scope, "
		    "signed or not");
		(void)only_entry(a, POLICY_ENTRY_PASS);
		return check_alone(node, text, d);
	}
	if (strcmp(text, "reject") == 0) {
		(void)only_entry(a, POLICY_ENTRY_FAIL);
		return check_alone(node, text, d);
	}
	if (strcmp(text, "signedBy") == 0)
		return diag_add(d, type->pos,
		    "signedBy: signatures of OpenPGP cannot be verified; sign "
		    "with cosign and write sigstoreSigned");
	return diag_add(d, type->pos, "unknown type \"%.60s\"", text);
}

static int
read_requirements(const struct yaml_node *node, struct policy *p,
    struct diag *d)
{
	int bad = 0;

	if (node->kind != YAML_SEQUENCE || node->n == 0)
		return diag_add(d, node->pos,
		    "requirements must be a list of some");
	p->attestors.items = mem_calloc(node->n, sizeof(*p->attestors.items));
	p->attestors.n = node->n;
	for (size_t i = 0; i < node->n; i++)
		bad |=
		    read_requirement(node->items[i], &p->attestors.items[i], d);
	return bad;
}

/* What a scope has that is more specific: everything it would match. */
static void
exclude_specific(const struct document *doc, const char *scope, bool fallback,
    struct str_list *ret)
{
	for (size_t i = 0; doc->docker != NULL && i < doc->docker->n; i++) {
		const char *other = doc->docker->keys[i]->value;

		if (fallback ||
		    (strcmp(scope, other) != 0 && scope_match(scope, other)))
			str_list_add(ret, other);
	}
}

static int
read_scope(const struct document *doc, const struct yaml_node *key,
    const struct yaml_node *node, struct diag *d)
{
	AUTO(policy) struct policy *p = policy_new(POLICY_CONTAINERS);
	const char *scope = key == NULL ? "" : key->value;

	p->pos = key == NULL ? node->pos : key->pos;
	p->name = key == NULL ? mem_strdup("containers/default")
			      : str_printf("containers/docker/%s", scope);
	str_list_add(&p->images, scope);
	exclude_specific(doc, scope, key == NULL, &p->exclude_images);
	if (read_requirements(node, p, d) < 0)
		return -1;
	policy_set_own(doc->set, TAKE(p));
	return 0;
}

static int
read_scopes(const struct document *doc, struct diag *d)
{
	const struct yaml_node *docker = doc->docker;
	int bad = 0;

	if (docker->n > SCOPES_MAX)
		return diag_add(d, docker->pos, "more than %d scopes",
		    SCOPES_MAX);
	for (size_t i = 0; i < docker->n; i++) {
		const struct yaml_node *key = docker->keys[i];
		AUTO(str)
		char *complaint = key->value[0] == '\0'
				      ? NULL
				      : pattern_check_scope(key->value);

		if (complaint != NULL)
			bad |= diag_add(d, key->pos, "%s", complaint);
		else
			bad |= read_scope(doc, key, docker->items[i], d);
	}
	return bad;
}

static int
keep_default(const struct yaml_node *node, void *obj, struct diag *d)
{
	(void)d;
	((struct document *)obj)->fallback = node;
	return 0;
}

static int
read_transports(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct document *doc = obj;

	if (node->kind != YAML_MAPPING)
		return diag_add(d, node->pos, "transports must be a mapping");
	for (size_t i = 0; i < node->n; i++) {
		if (node->items[i]->kind != YAML_MAPPING)
			return diag_add(d, node->items[i]->pos,
			    "a transport must be a mapping of scopes");
		if (strcmp(node->keys[i]->value, "docker") == 0)
			doc->docker = node->items[i];
		else
			diag_note(d, node->keys[i]->pos,
			    "transport \"%.40s\" is not what a runtime pulls "
			    "through: left out",
			    node->keys[i]->value);
	}
	return 0;
}

bool
containers_is_policy(const struct yaml_node *root)
{
	return yaml_get(root, "default") != NULL &&
	       yaml_get(root, "apiVersion") == NULL &&
	       yaml_get(root, "kind") == NULL;
}

int
containers_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "default", keep_default, true },
		{ "transports", read_transports, false },
	};
	struct document doc = { .set = set };
	int bad;

	if (yaml_read_mapping(root, "policy.json", fields, COUNT_OF(fields),
		&doc, d) < 0)
		return -1;
	bad = read_scope(&doc, NULL, doc.fallback, d);
	return doc.docker == NULL ? bad : bad | read_scopes(&doc, d);
}

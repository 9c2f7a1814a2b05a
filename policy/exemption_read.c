/* Documents of kind Exemption. */
#include <string.h>

#include "base/mem.h"
#include "base/rfc3339.h"
#include "policy/exemption.h"
#include "policy/fields.h"
#include "policy/image_policy.h"
#include "policy/pattern.h"

static int
read_images(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "images", pattern_check_image,
		"leave it out to exempt by digests alone" };

	return field_texts_read(node, &field,
	    &((struct policy_exemption *)obj)->images, d);
}

static int
read_digests(const struct yaml_node *node, void *obj, struct diag *d)
{
	return digest_list_read(node, "digests",
	    &((struct policy_exemption *)obj)->digests, d);
}

static int
read_namespaces(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct field_texts field = { "namespaces",
		pattern_check_namespace,
		"leave it out to cover every namespace" };

	return field_texts_read(node, &field,
	    &((struct policy_exemption *)obj)->namespaces, d);
}

/* Control characters, and what some take for the end of a line. */
static bool
is_line(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		unsigned char b = (unsigned char)*c;

		if (b < 0x20 || b == 0x7f ||
		    (b == 0xc2 && (unsigned char)c[1] < 0xa0) ||
		    str_starts(c, "\u2028") || str_starts(c, "\u2029"))
			return false;
	}
	return true;
}

static size_t
count_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static int
read_reason(const struct yaml_node *node, void *obj, struct diag *d)
{
	const char *text = NULL;

	if (field_text_read(node, "reason", &text, d) < 0)
		return -1;
	if (text[strspn(text, " ")] == '\0')
		return diag_add(d, node->pos, "reason must not be empty");
	if (!is_line(text))
		return diag_add(d, node->pos,
		    "reason must be one line without control characters");
	if (count_characters(text) > POLICY_EXEMPTION_REASON_MAX)
		return diag_add(d, node->pos,
		    "reason may have %d characters, not %zu",
		    POLICY_EXEMPTION_REASON_MAX, count_characters(text));
	((struct policy_exemption *)obj)->reason = mem_strdup(text);
	return 0;
}

static int
read_not_after(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_exemption *x = obj;
	const char *text = NULL;
	int64_t ms = 0;
	struct err e;

	if (field_text_read(node, "notAfter", &text, d) < 0)
		return -1;
	if (rfc3339_parse(text, &ms, &e) < 0)
		return diag_add(d, node->pos,
		    "notAfter must be a time such as 2026-11-27T12:00:00Z, not "
		    "\"%.100s\"",
		    text);
	x->not_after = ms / 1000;
	x->not_after_pos = node->pos;
	return 0;
}

static int
read_spec(const struct yaml_node *node, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "images", read_images, false },
		{ "digests", read_digests, false },
		{ "namespaces", read_namespaces, false },
		{ "reason", read_reason, true },
		{ "notAfter", read_not_after, true },
	};
	const struct policy_exemption *x = obj;

	if (yaml_read_mapping(node, "spec", fields, COUNT_OF(fields), obj, d) <
	    0)
		return -1;
	if (x->images.n == 0 && x->digests.n == 0)
		return diag_add(d, node->pos,
		    "the exemption covers nothing: it needs images or digests");
	return 0;
}

static int
read_metadata(const struct yaml_node *node, void *obj, struct diag *d)
{
	struct policy_exemption *x = obj;

	return image_metadata_read(node, &x->name, &x->pos, d);
}

int
policy_exemption_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "apiVersion", field_nothing_read, true },
		{ "kind", field_nothing_read, true },
		{ "metadata", read_metadata, true },
		{ "spec", read_spec, true },
	};
	AUTO(exemption)
	struct policy_exemption *x = MEM_NEW(struct policy_exemption);

	if (yaml_read_mapping(root, "Exemption", fields, COUNT_OF(fields), x,
		d) < 0)
		return -1;
	policy_set_own_exemption(set, TAKE(x));
	return 0;
}

/*
 * The one door to libyaml: its events become trees.  No recursion: what is open
 * stands on a stack of YAML_DEPTH_MAX.  An alias shares the node it names; what
 * it stands for counts as if it were written out, so that a few lines cannot
 * become a billion nodes for whoever walks the tree.
 */
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/str.h"

#define MERGE_KEY "<<"

/* A node with what the limits need to know of it. */
struct inner {
	struct yaml_node node; /* first: a node's address is its inner's */
	size_t cap;
	size_t weight;   /* nodes in it, aliases written out */
	unsigned height; /* levels in it */
	bool open;
	struct yaml_node *key; /* mapping: the key that waits for its value */
};

struct anchor {
	char *name;
	struct inner *node;
};

struct yaml_file {
	struct inner **all;
	size_t nall, all_cap;
	struct yaml_node **docs;
	size_t ndocs, docs_cap;
};

/* One parse. */
struct builder {
	struct yaml_file *file;
	struct diag *d;
	const char *name;
	struct slice text;
	yaml_parser_t parser;
	struct inner *stack[YAML_DEPTH_MAX];
	size_t depth;
	size_t total; /* nodes so far, aliases written out */
	struct anchor anchors[YAML_ANCHORS_MAX];
	size_t nanchors;
};

static struct diag_pos
position(const struct builder *b, const yaml_mark_t *mark)
{
	return (struct diag_pos){ b->name, (unsigned)mark->line + 1,
		(unsigned)mark->column + 1 };
}

static struct inner *
new_node(struct builder *b, enum yaml_kind kind, const yaml_mark_t *mark)
{
	struct yaml_file *f = b->file;
	struct inner *n = MEM_NEW(struct inner);

	f->all = mem_grow(f->all, f->nall, &f->all_cap, sizeof(*f->all));
	f->all[f->nall++] = n;
	n->node.kind = kind;
	n->node.pos = position(b, mark);
	n->weight = 1;
	n->height = 1;
	b->total++;
	return n;
}

static int
remember_anchor(struct builder *b, const yaml_char_t *name, struct inner *n)
{
	if (name == NULL)
		return 0;
	if (b->nanchors == YAML_ANCHORS_MAX)
		return diag_add(b->d, n->node.pos, "more than %d anchors",
		    YAML_ANCHORS_MAX);
	b->anchors[b->nanchors++] =
	    (struct anchor){ mem_strdup((const char *)name), n };
	return 0;
}

static void
forget_anchors(struct builder *b)
{
	for (size_t i = 0; i < b->nanchors; i++)
		free(b->anchors[i].name);
	b->nanchors = 0;
}

static void
append(struct inner *parent, struct yaml_node *key, struct yaml_node *value)
{
	struct yaml_node *p = &parent->node;
	size_t cap = parent->cap;

	p->items = mem_grow(p->items, p->n, &parent->cap, sizeof(*p->items));
	if (p->kind == YAML_MAPPING) {
		p->keys = mem_grow(p->keys, p->n, &cap, sizeof(*p->keys));
		p->keys[p->n] = key;
	}
	p->items[p->n++] = value;
}

/* Empty documents are nodes too: all of a file count together. */
static int
check_total(const struct builder *b, struct diag_pos pos)
{
	if (b->total > YAML_NODES_MAX)
		return diag_add(b->d, pos, "more than %d nodes",
		    YAML_NODES_MAX);
	return 0;
}

/* The weight and height of a child become its parent's too. */
static int
account(struct builder *b, struct inner *parent, const struct inner *child,
    struct diag_pos pos)
{
	parent->weight += child->weight;
	if (child->height + 1 > parent->height)
		parent->height = child->height + 1;
	if (check_total(b, pos) < 0)
		return -1;
	if (b->depth + child->height > YAML_DEPTH_MAX)
		return diag_add(b->d, pos, "nested deeper than %d levels",
		    YAML_DEPTH_MAX);
	return 0;
}

static bool
has_key(const struct yaml_node *map, const char *key)
{
	return yaml_get(map, key) != NULL;
}

static int
take_key(struct builder *b, struct inner *map, struct inner *key,
    struct diag_pos pos)
{
	if (key->node.kind != YAML_SCALAR)
		return diag_add(b->d, pos, "a key must be a scalar");
	if (has_key(&map->node, key->node.value))
		return diag_add(b->d, pos, "duplicate key \"%.100s\"",
		    key->node.value);
	if (map->node.n == YAML_KEYS_MAX)
		return diag_add(b->d, pos, "more than %d keys in one mapping",
		    YAML_KEYS_MAX);
	map->key = &key->node;
	return 0;
}

/* A finished or shared node takes its place in what is open. */
static int
place(struct builder *b, struct inner *n, struct diag_pos pos)
{
	struct yaml_file *f = b->file;
	struct inner *parent;

	if (b->depth == 0) {
		f->docs =
		    mem_grow(f->docs, f->ndocs, &f->docs_cap, sizeof(*f->docs));
		f->docs[f->ndocs++] = &n->node;
		return check_total(b, pos);
	}
	parent = b->stack[b->depth - 1];
	if (parent->node.kind == YAML_MAPPING && parent->key == NULL)
		return take_key(b, parent, n, pos);
	append(parent, parent->key, &n->node);
	parent->key = NULL;
	return account(b, parent, n, pos);
}

static int
on_scalar(struct builder *b, const yaml_event_t *ev)
{
	struct inner *n = new_node(b, YAML_SCALAR, &ev->start_mark);
	const char *text = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;

	if (memchr(text, 0, len) != NULL)
		return diag_add(b->d, n->node.pos, "NUL in a text");
	n->node.value = mem_strndup(text, len);
	n->node.plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (remember_anchor(b, ev->data.scalar.anchor, n) < 0)
		return -1;
	return place(b, n, n->node.pos);
}

static int
on_start(struct builder *b, const yaml_event_t *ev, enum yaml_kind kind,
    const yaml_char_t *anchor)
{
	struct inner *n = new_node(b, kind, &ev->start_mark);

	if (b->depth == YAML_DEPTH_MAX)
		return diag_add(b->d, n->node.pos,
		    "nested deeper than %d levels", YAML_DEPTH_MAX);
	n->open = true;
	b->stack[b->depth++] = n;
	return remember_anchor(b, anchor, n);
}

static int
on_alias(struct builder *b, const yaml_event_t *ev)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct diag_pos pos = position(b, &ev->start_mark);

	/* The last anchor of a name is the one that counts. */
	for (size_t i = b->nanchors; i > 0; i--) {
		if (strcmp(b->anchors[i - 1].name, name) != 0)
			continue;
		if (b->anchors[i - 1].node->open)
			return diag_add(b->d, pos,
			    "alias *%.100s inside what it stands for", name);
		b->total += b->anchors[i - 1].node->weight;
		return place(b, b->anchors[i - 1].node, pos);
	}
	return diag_add(b->d, pos, "alias *%.100s has no anchor", name);
}

/* Members of `from` that map does not have itself. */
static int
merge_mapping(struct builder *b, struct inner *map,
    const struct yaml_node *from, struct diag_pos pos)
{
	if (from->kind != YAML_MAPPING)
		return diag_add(b->d, pos, "<< needs a mapping to merge");
	for (size_t i = 0; i < from->n; i++) {
		if (has_key(&map->node, from->keys[i]->value))
			continue;
		if (map->node.n == YAML_KEYS_MAX)
			return diag_add(b->d, pos,
			    "more than %d keys in one mapping", YAML_KEYS_MAX);
		append(map, from->keys[i], from->items[i]);
		b->total += ((const struct inner *)from->items[i])->weight;
		if (account(b, map, (const struct inner *)from->items[i], pos) <
		    0)
			return -1;
	}
	return 0;
}

/* Take "<<: x" out of the mapping and put x's members in (YAML 1.1 merge). */
static int
merge(struct builder *b, struct inner *map)
{
	struct yaml_node *n = &map->node, *value = NULL;
	struct diag_pos pos = n->pos;

	for (size_t i = 0; value == NULL && i < n->n; i++) {
		if (strcmp(n->keys[i]->value, MERGE_KEY) != 0 ||
		    !n->keys[i]->plain)
			continue;
		value = n->items[i];
		pos = n->keys[i]->pos;
		n->n--;
		memmove(&n->keys[i], &n->keys[i + 1],
		    (n->n - i) * sizeof(*n->keys));
		memmove(&n->items[i], &n->items[i + 1],
		    (n->n - i) * sizeof(*n->items));
	}
	if (value == NULL)
		return 0;
	if (value->kind != YAML_SEQUENCE)
		return merge_mapping(b, map, value, pos);
	for (size_t i = 0; i < value->n; i++)
		if (merge_mapping(b, map, value->items[i], pos) < 0)
			return -1;
	return 0;
}

static int
on_end(struct builder *b)
{
	struct inner *n = b->stack[b->depth - 1];

	if (n->node.kind == YAML_MAPPING && merge(b, n) < 0)
		return -1;
	n->open = false;
	b->depth--;
	return place(b, n, n->node.pos);
}

static int
on_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, ev, YAML_SEQUENCE,
		    ev->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return on_start(b, ev, YAML_MAPPING,
		    ev->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(b);
	case YAML_ALIAS_EVENT:
		return on_alias(b, ev);
	case YAML_DOCUMENT_END_EVENT:
		forget_anchors(b);
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
		return 0;
	}
	return 0;
}

/* Where the byte at offset stands.  What is before it is good UTF-8. */
static struct diag_pos
position_of_byte(const struct builder *b, size_t offset)
{
	struct diag_pos pos = { b->name, 1, 1 };

	for (size_t i = 0; i < offset && i < b->text.len; i++) {
		if (b->text.ptr[i] == '\n') {
			pos.line++;
			pos.column = 1;
		} else if ((b->text.ptr[i] & 0xc0) != 0x80) {
			pos.column++;
		}
	}
	return pos;
}

static int
parser_error(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	struct diag_pos pos = p->error == YAML_READER_ERROR
				  ? position_of_byte(b, p->problem_offset)
				  : position(b, &p->problem_mark);

	return diag_add(b->d, pos, "%s",
	    p->problem == NULL ? "no valid YAML" : p->problem);
}

static int
build(struct builder *b)
{
	yaml_event_t ev;
	bool end;
	int r;

	for (;;) {
		if (!yaml_parser_parse(&b->parser, &ev))
			return parser_error(b);
		r = on_event(b, &ev);
		end = ev.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&ev);
		if (r < 0 || end)
			return r;
	}
}

/* A byte-order mark says nothing in UTF-8. */
static struct slice
without_bom(struct slice text)
{
	if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
		return slice_of(text.ptr + 3, text.len - 3);
	return text;
}

int
yaml_parse(struct slice text, const char *file_name, struct yaml_file **ret,
    struct diag *d)
{
	AUTO(yaml) struct yaml_file *file = MEM_NEW(struct yaml_file);
	struct builder *b;
	int r;

	text = without_bom(text);
	if (text.len > YAML_SIZE_MAX)
		return diag_add(d, (struct diag_pos){ .file = file_name },
		    "larger than %u MiB", YAML_SIZE_MAX >> 20);
	b = MEM_NEW(struct builder);
	b->file = file;
	b->d = d;
	b->name = file_name;
	b->text = text;
	if (!yaml_parser_initialize(&b->parser))
		abort();
	yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b->parser,
	    text.len == 0 ? (const uint8_t *)"" : text.ptr, text.len);
	r = build(b);
	yaml_parser_delete(&b->parser);
	forget_anchors(b);
	free(b);
	if (r == 0)
		*ret = TAKE(file);
	return r;
}

size_t
yaml_doc_count(const struct yaml_file *f)
{
	return f->ndocs;
}

const struct yaml_node *
yaml_doc_root(const struct yaml_file *f, size_t i)
{
	return f->docs[i];
}

void
yaml_file_free(struct yaml_file *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->nall; i++) {
		free((void *)(uintptr_t)f->all[i]->node.value);
		free(f->all[i]->node.items);
		free(f->all[i]->node.keys);
		free(f->all[i]);
	}
	free(f->all);
	free(f->docs);
	free(f);
}

const struct yaml_node *
yaml_get(const struct yaml_node *node, const char *key)
{
	if (node == NULL || node->kind != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < node->n; i++)
		if (strcmp(node->keys[i]->value, key) == 0)
			return node->items[i];
	return NULL;
}

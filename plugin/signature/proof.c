/* What a good signature established. */
#include "signature/proof.h"

#include <stdlib.h>

#include "base/mem.h"
#include "signature/proof_private.h"

struct proof {
	enum proof_kind kind;
	char *format;
	char *image_digest;
	char *key;
	char *source;
	char *predicate_type;
	char *reference;
	struct str_map annotations;
};

struct proof *
proof_new(const struct proof_init *init)
{
	struct proof *p = MEM_NEW(struct proof);

	p->kind = init->kind;
	p->format = mem_strdup(init->format);
	p->image_digest = mem_strdup(init->image_digest);
	p->key = mem_strdup(init->key);
	p->source = mem_strdup(init->source);
	p->predicate_type = mem_strdup_null(init->predicate_type);
	p->reference = mem_strdup_null(init->reference);
	if (init->annotations != NULL)
		str_map_copy(&p->annotations, init->annotations);
	return p;
}

enum proof_kind
proof_kind(const struct proof *p)
{
	return p->kind;
}

const char *
proof_format(const struct proof *p)
{
	return p->format;
}

const char *
proof_image_digest(const struct proof *p)
{
	return p->image_digest;
}

const char *
proof_key(const struct proof *p)
{
	return p->key;
}

const char *
proof_source(const struct proof *p)
{
	return p->source;
}

const char *
proof_predicate_type(const struct proof *p)
{
	return p->predicate_type;
}

const char *
proof_reference(const struct proof *p)
{
	return p->reference;
}

const char *
proof_annotation(const struct proof *p, const char *key)
{
	return str_map_get(&p->annotations, key);
}

const struct str_map *
proof_annotations(const struct proof *p)
{
	return &p->annotations;
}

void
proof_free(struct proof *p)
{
	if (p == NULL)
		return;
	free(p->format);
	free(p->image_digest);
	free(p->key);
	free(p->source);
	free(p->predicate_type);
	free(p->reference);
	str_map_clear(&p->annotations);
	free(p);
}

void
proof_list_own(struct proof_list *list, struct proof *p)
{
	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n++] = p;
}

void
proof_list_clear(struct proof_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		proof_free(list->items[i]);
	free(list->items);
	*list = (struct proof_list){ 0 };
}

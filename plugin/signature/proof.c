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
	char *demand;
	char *certificate;
	char *subject;
	char *issuer;
	struct str_map extensions;
	char *predicate_type;
	char *predicate;
	char *reference;
	struct str_map annotations;
	int64_t time;
	char *log;
	bool logged, stamped;
	int refs; /* by proof_ref/free only */
};

struct proof *
proof_new(const struct proof_init *init)
{
	struct proof *p = MEM_NEW(struct proof);

	p->refs = 1;
	p->kind = init->kind;
	p->format = mem_strdup(init->format);
	p->image_digest = mem_strdup(init->image_digest);
	p->key = mem_strdup(init->key);
	p->source = mem_strdup(init->source);
	p->demand = mem_strdup(init->demand);
	p->certificate = mem_strdup_null(init->certificate);
	p->subject = mem_strdup_null(init->subject);
	p->issuer = mem_strdup_null(init->issuer);
	p->predicate_type = mem_strdup_null(init->predicate_type);
	p->predicate = mem_strdup_null(init->predicate);
	p->log = mem_strdup_null(init->log);
	p->time = init->time;
	p->logged = init->logged;
	p->stamped = init->stamped;
	if (init->extensions != NULL)
		str_map_copy(&p->extensions, init->extensions);
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
proof_demand(const struct proof *p)
{
	return p->demand;
}

const char *
proof_certificate(const struct proof *p)
{
	return p->certificate;
}

const char *
proof_subject(const struct proof *p)
{
	return p->subject;
}

const char *
proof_issuer(const struct proof *p)
{
	return p->issuer;
}

const char *
proof_extension(const struct proof *p, const char *name)
{
	return str_map_get(&p->extensions, name);
}

const struct str_map *
proof_extensions(const struct proof *p)
{
	return &p->extensions;
}

int64_t
proof_time(const struct proof *p)
{
	return p->time;
}

bool
proof_is_logged(const struct proof *p)
{
	return p->logged;
}

const char *
proof_log(const struct proof *p)
{
	return p->log;
}

bool
proof_is_stamped(const struct proof *p)
{
	return p->stamped;
}

const char *
proof_predicate(const struct proof *p)
{
	return p->predicate;
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

struct proof *
proof_ref(struct proof *p)
{
	(void)__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

void
proof_free(struct proof *p)
{
	if (p == NULL || __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	free(p->format);
	free(p->image_digest);
	free(p->key);
	free(p->source);
	free(p->demand);
	free(p->certificate);
	free(p->subject);
	free(p->issuer);
	str_map_clear(&p->extensions);
	free(p->predicate);
	free(p->log);
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

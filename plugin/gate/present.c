/* From what a runtime has to what the gate is asked. */
#include "gate/present.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/digest.h"
#include "image/reference.h"

#define SHA256_PREFIX "sha256:"

void
present_copy(struct present *to, const struct present *from)
{
	to->id = mem_strdup_null(from->id);
	str_list_merge(&to->tags, &from->tags);
	str_list_merge(&to->digests, &from->digests);
	to->checkpoint = from->checkpoint;
}

void
present_clear(struct present *p)
{
	free(p->id);
	str_list_clear(&p->tags);
	str_list_clear(&p->digests);
	*p = (struct present){ 0 };
}

void
present_questions_clear(struct present_questions *q)
{
	for (size_t i = 0; i < q->n; i++) {
		free(q->items[i].image);
		free(q->items[i].digest);
	}
	free(q->items);
	*q = (struct present_questions){ 0 };
}

/* Without "sha256:", if that is what it begins with. */
static const char *
bare(const char *id)
{
	return str_starts(id, SHA256_PREFIX) ? id + strlen(SHA256_PREFIX) : id;
}

char *
present_digest_of_id(const struct present *p)
{
	char *digest;

	if (p->id == NULL)
		return NULL;
	digest = str_printf(SHA256_PREFIX "%s", bare(p->id));
	if (digest_is_valid(digest))
		return digest;
	free(digest);
	return NULL;
}

/* Takes both over. */
static void
add(struct present_questions *q, char *image, char *digest)
{
	if (q->n == PRESENT_QUESTIONS_MAX) {
		free(image);
		free(digest);
		return;
	}
	q->items = mem_grow(q->items, q->n, &q->cap, sizeof(*q->items));
	q->items[q->n++] = (struct present_question){ image, digest };
}

static struct reference *
parse(const char *text)
{
	struct reference *ref = NULL;
	struct err ignored;

	if (reference_parse(slice_str(text), &ref, &ignored) < 0)
		return NULL;
	return ref;
}

/* What the runtime writes and we can read, in our own spelling, sorted. */
static void
read_all(const struct str_list *from, bool digests, struct str_list *ret)
{
	for (size_t i = 0; i < from->n; i++) {
		AUTO(reference) struct reference *ref = parse(from->items[i]);

		if (ref != NULL && (ref->digest != NULL) == digests &&
		    !str_list_has(ret, ref->text))
			str_list_add(ret, ref->text);
	}
	str_list_sort(ret);
}

static bool
has_name(const struct str_list *list, const struct reference *ref)
{
	size_t len = strlen(ref->name);

	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->items[i], ref->name, len) == 0 &&
		    (list->items[i][len] == '@' || list->items[i][len] == ':'))
			return true;
	return false;
}

/* The whole of the image's id, or its beginning, as runtimes take it too. */
static bool
is_id(const struct present *p, const char *text)
{
	return p->id != NULL && bare(text)[0] != '\0' &&
	       str_starts(bare(p->id), bare(text));
}

/* What the runtime knows of the image, read. */
struct known {
	struct str_list tags, digests;
};

static void
known_clear(struct known *k)
{
	str_list_clear(&k->tags);
	str_list_clear(&k->digests);
}
DEFINE_AUTO_INPLACE(known, struct known, known_clear);

/*
 * Does the client call it by a name, as policies know names?  What is no
 * reference at all is left to the gate to refuse.
 */
static bool
is_name(const struct present *p, const struct known *known,
    const struct reference *ref, const char *text)
{
	if (ref == NULL)
		return !is_id(p, text);
	if (has_name(&known->digests, ref) || has_name(&known->tags, ref))
		return true;
	return ref->has_registry && !is_id(p, text);
}

/* Each digest once, with the name that the client uses. */
static void
ask_by_name(const struct known *known, const struct reference *ref,
    const char *text, struct present_questions *q)
{
	AUTO(str_list) struct str_list seen = { 0 };

	for (size_t i = 0; i < known->digests.n; i++) {
		const char *digest = strchr(known->digests.items[i], '@') + 1;

		if (str_list_has(&seen, digest) ||
		    (ref != NULL && ref->digest != NULL &&
			strcmp(ref->digest, digest) != 0))
			continue;
		str_list_add(&seen, digest);
	}
	str_list_sort(&seen);
	for (size_t i = 0; i < seen.n; i++)
		add(q, mem_strdup(text), mem_strdup(seen.items[i]));
	/* It is known by other digests alone: the gate says so. */
	if (q->n == 0 && known->digests.n > 0)
		add(q, mem_strdup(text),
		    mem_strdup(strchr(known->digests.items[0], '@') + 1));
	if (q->n == 0)
		add(q, mem_strdup(text), NULL);
}

static void
ask_by_id(const struct present *p, const struct known *known,
    struct present_questions *q)
{
	for (size_t i = 0; i < known->digests.n; i++)
		add(q, mem_strdup(known->digests.items[i]),
		    mem_strdup(strchr(known->digests.items[i], '@') + 1));
	for (size_t i = 0; known->digests.n == 0 && i < known->tags.n; i++)
		add(q, mem_strdup(known->tags.items[i]), NULL);
	/* Nobody gave it a name: what stands for one. */
	if (q->n == 0)
		add(q,
		    str_printf(SHA256_PREFIX "%s",
			p->id == NULL ? "none" : bare(p->id)),
		    NULL);
}

void
present_ask(const struct present *p, struct slice named,
    struct present_questions *ret)
{
	AUTO(known) struct known known = { 0 };
	AUTO(str) char *text = mem_strndup((const char *)named.ptr, named.len);
	AUTO(reference) struct reference *ref = NULL;

	*ret = (struct present_questions){ 0 };
	if (!slice_has_nul(named))
		ref = parse(text);
	read_all(&p->digests, true, &known.digests);
	read_all(&p->tags, false, &known.tags);
	if (named.len > 0 && is_name(p, &known, ref, text))
		ask_by_name(&known, ref, text, ret);
	else
		ask_by_id(p, &known, ret);
}

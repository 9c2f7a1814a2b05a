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
	str_list_copy(&to->tags, &from->tags);
	str_list_copy(&to->digests, &from->digests);
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
	str_list_clear(&q->digests);
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

/* Sorts from. */
static void
add_distinct(struct str_list *from, struct str_list *ret)
{
	str_list_sort(from);
	for (size_t i = 0; i < from->n; i++)
		if (i == 0 || strcmp(from->items[i], from->items[i - 1]) != 0)
			str_list_add(ret, from->items[i]);
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

/* What the runtime writes and we can read, in our own spelling, sorted, each
 * once. */
static void
read_all(const struct str_list *from, bool digests, struct str_list *ret)
{
	AUTO(str_list) struct str_list all = { 0 };

	for (size_t i = 0; i < from->n; i++) {
		AUTO(reference) struct reference *ref = parse(from->items[i]);

		if (ref != NULL && (ref->digest != NULL) == digests)
			str_list_add(&all, ref->text);
	}
	add_distinct(&all, ret);
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

static const char *
digest_in(const char *pair)
{
	return strchr(pair, '@') + 1;
}

/* The digests of the pairs with this repository, or of all; each once. */
static void
digests_of(const struct known *known, const char *repository,
    struct str_list *ret)
{
	AUTO(str_list) struct str_list all = { 0 };
	size_t len = repository == NULL ? 0 : strlen(repository);

	for (size_t i = 0; i < known->digests.n; i++) {
		const char *pair = known->digests.items[i];

		if (repository == NULL ||
		    (strncmp(pair, repository, len) == 0 && pair[len] == '@'))
			str_list_add(&all, digest_in(pair));
	}
	add_distinct(&all, ret);
}

/* A digest in the name picks one.  If there is only another, the gate says so. */
static void
ask_by_name(const struct known *known, const struct reference *ref,
    const char *text, struct present_questions *q)
{
	AUTO(str_list) struct str_list digests = { 0 };

	if (ref != NULL)
		digests_of(known, ref->name, &digests);
	if (digests.n == 0)
		digests_of(known, NULL, &digests);
	if (ref != NULL && ref->digest != NULL &&
	    str_list_has(&digests, ref->digest)) {
		add(q, mem_strdup(text), mem_strdup(ref->digest));
		return;
	}
	for (size_t i = 0; i < digests.n; i++)
		add(q, mem_strdup(text), mem_strdup(digests.items[i]));
	if (q->n == 0)
		add(q, mem_strdup(text), NULL);
}

static void
ask_by_id(const struct present *p, const struct known *known,
    struct present_questions *q)
{
	for (size_t i = 0; i < known->digests.n; i++)
		add(q, mem_strdup(known->digests.items[i]),
		    mem_strdup(digest_in(known->digests.items[i])));
	for (size_t i = 0; known->digests.n == 0 && i < known->tags.n; i++)
		add(q, mem_strdup(known->tags.items[i]), NULL);
	/* Nobody gave it a name: what stands for one is under no registry that
	 * a policy could mean. */
	if (q->n == 0)
		add(q,
		    str_printf(PRESENT_NAMELESS ":%.64s",
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
	digests_of(&known, NULL, &ret->digests);
	if (named.len > 0 && is_name(p, &known, ref, text))
		ask_by_name(&known, ref, text, ret);
	else
		ask_by_id(p, &known, ret);
}

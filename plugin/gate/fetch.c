/* What has to be fetched for one pull. */
#include "gate/fetch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* NULL, beside the image, sorts first. */
static int
compare_places(const void *a, const void *b)
{
	const char *x = ((const struct place *)a)->repository;
	const char *y = ((const struct place *)b)->repository;

	if (x == NULL || y == NULL)
		return (x != NULL) - (y != NULL);
	return strcmp(x, y);
}

static void
add_place(struct fetched *f, const char *repository, bool attestations)
{
	struct place *place = NULL;

	for (size_t i = 0; i < f->nplaces; i++)
		if (str_equal_null(f->places[i].repository, repository))
			place = &f->places[i];
	if (place == NULL) {
		f->places = mem_realloc_array(f->places, f->nplaces + 1,
		    sizeof(*f->places));
		place = &f->places[f->nplaces++];
		*place =
		    (struct place){ .repository = mem_strdup_null(repository) };
	}
	place->attestations = place->attestations || attestations;
}

void
fetch_places(const struct policy_matches *matches, struct fetched *ret)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy *p = matches->items[i];

		for (size_t k = 0; k < p->leaves.n; k++) {
			const struct policy_entry *leaf = p->leaves.items[k];

			if (policy_entry_has_place(leaf))
				add_place(ret, leaf->repository,
				    p->nattestations > 0 ||
					leaf->predicates.n > 0);
		}
	}
	if (ret->nplaces > 1)
		qsort(ret->places, ret->nplaces, sizeof(*ret->places),
		    compare_places);
}

static struct store_key
key_of(const struct reference *ref, const char *digest,
    const struct place *place)
{
	return (struct store_key){ ref->name, digest, place->repository,
		place->attestations };
}

/* Take what the store has; false if it has nothing, or nothing new enough. */
static bool
take_stored(struct store *store, const struct reference *ref,
    const char *digest, enum store_age age, struct place *place,
    struct descriptor *target)
{
	struct store_key key = key_of(ref, digest, place);
	AUTO(stored) struct stored what = { 0 };

	if (store == NULL || !store_get(store, &key, age, &what))
		return false;
	evidence_unref(place->evidence);
	place->evidence = TAKE(what.evidence);
	place->stored = true;
	place->err = (struct err){ 0 };
	if (target->digest == NULL)
		descriptor_copy(target, &what.target);
	return true;
}

static void
forget(struct fetched *f)
{
	for (size_t i = 0; i < f->nplaces; i++) {
		evidence_unref(f->places[i].evidence);
		f->places[i].evidence = NULL;
		f->places[i].stored = false;
	}
	descriptor_clear(&f->target);
	f->target = (struct descriptor){ 0 };
}

/* Everything about a digest, without a question to the registry. */
static bool
take_all_stored(struct store *store, const struct reference *ref,
    enum store_age age, struct fetched *f)
{
	bool all = ref->digest != NULL && f->nplaces > 0;

	for (size_t i = 0; all && i < f->nplaces; i++)
		all = take_stored(store, ref, ref->digest, age, &f->places[i],
		    &f->target);
	if (!all)
		forget(f);
	return all;
}

static void
ask(struct registry_session *session, struct store *store,
    const struct reference *ref, const struct descriptor *target,
    struct place *place)
{
	struct registry_where where = { place->repository,
		place->attestations };
	struct store_key key = key_of(ref, target->digest, place);
	struct err e = { 0 };

	/* What failed on the way and was passed over may stand in e. */
	if (registry_signatures(session, ref, target->digest, &where,
		&place->evidence, &e) < 0)
		place->err = e;
	else if (store != NULL)
		store_put(store, &key, place->evidence, target);
}

/* The registry cannot be asked; what it says of itself is another matter. */
static bool
is_away(const struct err *e)
{
	return e->code == ERR_REGISTRY || e->code == ERR_TIMEOUT;
}

void
fetch_all(struct registry_session *session, struct store *store,
    const struct fetch_what *what, struct fetched *f)
{
	const struct reference *ref = what->ref;
	struct err e = { 0 };

	if (take_all_stored(store, ref, what->present ? STORE_ANY : STORE_FRESH,
		f))
		return;
	if (registry_resolve(session, ref, &f->target, &e) < 0) {
		if (!is_away(&e) ||
		    !take_all_stored(store, ref, STORE_OFFLINE, f))
			f->err = e;
		return;
	}
	assert(f->target.digest != NULL);
	for (size_t i = 0; i < f->nplaces; i++) {
		struct place *p = &f->places[i];

		if (take_stored(store, ref, f->target.digest, STORE_FRESH, p,
			&f->target))
			continue;
		ask(session, store, ref, &f->target, p);
		if (is_away(&p->err))
			(void)take_stored(store, ref, f->target.digest,
			    STORE_OFFLINE, p, &f->target);
	}
}

bool
fetched_is_stored(const struct fetched *f)
{
	for (size_t i = 0; i < f->nplaces; i++)
		if (f->places[i].stored)
			return true;
	return false;
}

static void
ask_again(struct registry_session *session, struct store *store,
    const struct fetch_what *what, const struct descriptor *target,
    struct place *place)
{
	struct evidence *before = place->evidence;

	place->evidence = NULL;
	place->stored = false;
	ask(session, store, what->ref, target, place);
	if (place->err.code == ERR_NONE || !what->present) {
		evidence_unref(before);
		return;
	}
	assert(place->evidence == NULL);
	place->evidence = before;
	place->stored = true;
	place->err = (struct err){ 0 };
}

void
fetch_again(struct registry_session *session, struct store *store,
    const struct fetch_what *what, struct fetched *f)
{
	for (size_t i = 0; i < f->nplaces; i++)
		if (f->places[i].stored)
			ask_again(session, store, what, &f->target,
			    &f->places[i]);
}

const struct place *
fetched_place(const struct fetched *f, const char *repository)
{
	for (size_t i = 0; i < f->nplaces; i++)
		if (str_equal_null(f->places[i].repository, repository))
			return &f->places[i];
	abort();
}

void
fetched_clear(struct fetched *f)
{
	for (size_t i = 0; i < f->nplaces; i++) {
		free(f->places[i].repository);
		evidence_unref(f->places[i].evidence);
	}
	free(f->places);
	descriptor_clear(&f->target);
	*f = (struct fetched){ 0 };
}

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

void
fetch_all(struct registry_session *session, const struct reference *ref,
    struct fetched *f)
{
	struct err e = { 0 };

	if (registry_resolve(session, ref, &f->target, &e) < 0) {
		f->err = e;
		return;
	}
	assert(f->target.digest != NULL);
	for (size_t i = 0; i < f->nplaces; i++) {
		struct place *p = &f->places[i];
		struct registry_where where = { p->repository,
			p->attestations };

		/* What failed on the way and was passed over may stand in e. */
		if (registry_signatures(session, ref, f->target.digest, &where,
			&p->evidence, &e) < 0)
			p->err = e;
	}
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

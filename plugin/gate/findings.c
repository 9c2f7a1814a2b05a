/* Evidence and keys in, proofs and rejections out. */
#include "gate/findings.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "signature/recall.h"
#include "signature/signature.h"
#include "signature/verify.h"

/* Ids of what the policies ask of one place. */
static void
demands_for_place(const struct policy_matches *matches, const char *repository,
    struct str_list *ret)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy *p = matches->items[i];

		for (size_t k = 0; k < p->leaves.n; k++) {
			const struct policy_entry *leaf = p->leaves.items[k];

			if (str_equal_null(leaf->repository, repository))
				str_list_merge(ret, &leaf->demands);
		}
	}
}

static void
reject(struct finding *f, const struct evidence_item *item, const char *demand,
    enum err_code code, const char *message)
{
	f->rejections = mem_grow(f->rejections, f->nrejections, &f->cap,
	    sizeof(*f->rejections));
	f->rejections[f->nrejections++] = (struct policy_rejection){
		.source = item->source,
		.demand = demand,
		.code = code,
		.message = mem_strdup(message),
	};
}

/* Takes proof over. */
static void
accept(struct finding *f, const struct evidence_item *item, struct proof *proof)
{
	f->proved = mem_grow(f->proved, f->proofs.n, &f->proved_cap,
	    sizeof(*f->proved));
	f->proved[f->proofs.n] = item;
	proof_list_own(&f->proofs, proof);
}

/* One signature of a place, while it is asked everything. */
struct inquiry {
	const struct ring *ring;
	struct evidence *ev;
	size_t at; /* which item */
	struct subject about;
	struct sealed sealed; /* taken apart when it is needed */
	bool opened;
	struct err unreadable; /* code ERR_NONE if it could be */
};

static int
open_once(struct inquiry *q, struct err *e)
{
	if (!q->opened && signature_open(&q->ev->items[q->at], &q->sealed,
			      &q->unreadable) == 0)
		q->unreadable.code = ERR_NONE;
	q->opened = true;
	if (q->unreadable.code == ERR_NONE)
		return 0;
	*e = q->unreadable;
	return -1;
}

/* Verify, unless it was said before. */
static int
answer(struct inquiry *q, const struct demand *d, struct proof **ret,
    struct err *e)
{
	int known = recall_get(q->ev, q->at, d, ret, e);
	int r;

	if (known != 0)
		return known < 0 ? -1 : 0;
	r = open_once(q, e);
	if (r == 0)
		r = sealed_verify(&q->sealed, d, &q->about, ret, e);
	recall_note(q->ev, q->at, d, r == 0 ? *ret : NULL, e);
	return r;
}

static void
try_item(struct inquiry *q, const struct str_list *demands,
    const struct budget *budget, struct finding *f)
{
	const struct evidence_item *item = &q->ev->items[q->at];
	struct err e = { 0 };

	if (item->skipped != NULL) {
		reject(f, item, NULL, ERR_LIMIT, item->skipped);
		return;
	}
	for (size_t i = 0;
	     i < demands->n && budget_check(budget, &f->late) == 0; i++) {
		const struct demand *d =
		    ring_demand(q->ring, demands->items[i]);
		struct proof *proof = NULL;

		assert(d != NULL);
		if (answer(q, d, &proof, &e) == 0)
			accept(f, item, proof);
		else
			reject(f, item, d->id, e.code, e.msg);
	}
}

static void
make_one(const struct ring *ring, const struct policy_matches *matches,
    const struct place *place, const struct budget *budget, struct finding *f,
    struct policy_findings *view)
{
	AUTO(str_list) struct str_list demands = { 0 };
	struct evidence *ev = place->evidence;
	const struct err *failed =
	    place->err.code == ERR_NONE ? &f->late : &place->err;

	demands_for_place(matches, place->repository, &demands);
	for (size_t i = 0; ev != NULL && i < ev->n && f->late.code == ERR_NONE;
	     i++) {
		struct inquiry q = {
			.ring = ring,
			.ev = ev,
			.at = i,
			.about = { .digest = ev->image_digest,
			    .source = ev->items[i].source,
			    .now = clock_now() },
		};

		try_item(&q, &demands, budget, f);
		sealed_clear(&q.sealed);
	}
	*view = (struct policy_findings){
		.repository = place->repository,
		.failed = failed->code == ERR_NONE ? NULL : failed,
		.found = ev == NULL ? 0 : ev->n,
		.proofs = &f->proofs,
		.rejections = f->rejections,
		.nrejections = f->nrejections,
	};
}

void
findings_make(const struct ring *ring, const struct policy_matches *matches,
    const struct fetched *f, const struct budget *budget, struct findings *ret)
{
	ret->n = f->nplaces;
	ret->items = mem_zalloc(f->nplaces * sizeof(*ret->items));
	ret->views = mem_zalloc(f->nplaces * sizeof(*ret->views));
	for (size_t i = 0; i < f->nplaces; i++)
		make_one(ring, matches, &f->places[i], budget, &ret->items[i],
		    &ret->views[i]);
}

void
findings_clear(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct finding *one = &f->items[i];

		for (size_t k = 0; k < one->nrejections; k++)
			/* The message is ours; the type is the reader's. */
			free((void *)(uintptr_t)one->rejections[k].message);
		free(one->rejections);
		free(one->proved);
		proof_list_clear(&one->proofs);
	}
	free(f->items);
	free(f->views);
	*f = (struct findings){ 0 };
}

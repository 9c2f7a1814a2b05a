/* What the verifier said before. */
#include "signature/recall.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct answer {
	size_t item;
	char *demand;
	struct proof *proof; /* NULL: the reason is in err */
	struct err *err;
};

struct recall {
	pthread_mutex_t lock;
	struct answer *answers;
	size_t n, cap;
};

struct recall *
recall_new(void)
{
	struct recall *r = MEM_NEW(struct recall);

	(void)pthread_mutex_init(&r->lock, NULL);
	return r;
}

void
recall_free(struct recall *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->answers[i].demand);
		proof_free(r->answers[i].proof);
		free(r->answers[i].err);
	}
	free(r->answers);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* The lock is held. */
static const struct answer *
find(const struct recall *r, size_t item, const struct demand *d)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->answers[i].item == item &&
		    strcmp(r->answers[i].demand, d->id) == 0)
			return &r->answers[i];
	return NULL;
}

int
recall_get(struct evidence *ev, size_t item, const struct demand *d,
    struct proof **ret, struct err *e)
{
	struct recall *r = ev->recall;
	const struct answer *a;
	int known = 0;

	(void)pthread_mutex_lock(&r->lock);
	a = find(r, item, d);
	if (a != NULL && a->proof != NULL) {
		*ret = proof_ref(a->proof);
		known = 1;
	} else if (a != NULL) {
		*e = *a->err;
		known = -1;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return known;
}

/* One's own certificates count from now, where no log is asked for. */
static bool
depends_on_today(const struct demand *d)
{
	return d->kind == DEMAND_CERTIFICATE && !d->tlog;
}

void
recall_note(struct evidence *ev, size_t item, const struct demand *d,
    struct proof *proof, const struct err *e)
{
	struct recall *r = ev->recall;
	struct answer *a;

	if (depends_on_today(d))
		return;
	(void)pthread_mutex_lock(&r->lock);
	if (r->n < RECALL_MAX && find(r, item, d) == NULL) {
		r->answers =
		    mem_grow(r->answers, r->n, &r->cap, sizeof(*r->answers));
		a = &r->answers[r->n++];
		*a = (struct answer){ .item = item,
			.demand = mem_strdup(d->id) };
		if (proof != NULL) {
			a->proof = proof_ref(proof);
		} else {
			a->err = MEM_NEW(struct err);
			*a->err = *e;
		}
	}
	(void)pthread_mutex_unlock(&r->lock);
}

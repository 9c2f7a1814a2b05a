/* Sharing of fetches that are under way. */
#include "gate/flights.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool
same_places(const struct fetched *a, const struct fetched *b)
{
	if (a->nplaces != b->nplaces)
		return false;
	for (size_t i = 0; i < a->nplaces; i++)
		if (!str_equal_null(a->places[i].repository,
			b->places[i].repository) ||
		    a->places[i].attestations != b->places[i].attestations)
			return false;
	return true;
}

static bool
same_fetch(const struct flight *a, const struct flight *b)
{
	return strcmp(a->what.ref->text, b->what.ref->text) == 0 &&
	       a->what.present == b->what.present &&
	       a->timeout_ms == b->timeout_ms &&
	       credentials_equal(a->creds, b->creds) &&
	       same_places(&a->fetched, &b->fetched);
}

/* The lock is held. */
static void
add_ticket(struct flight *f, struct gate_ticket *t)
{
	t->flight = f;
	t->next = f->tickets;
	f->tickets = t;
	if (!atomic_load(&t->canceled))
		f->waiting++;
}

struct flight *
flights_board(struct flights *fs, struct gate_ticket *t)
{
	struct flight *own = MEM_NEW(struct flight), *f;

	own->what = ticket_what(t);
	own->creds = &t->creds;
	own->timeout_ms = ticket_timeout_ms(t);
	fetch_places(&t->matches, &own->fetched);

	(void)pthread_mutex_lock(&fs->lock);
	for (f = fs->first; f != NULL; f = f->next)
		if (!atomic_load(&f->canceled) && same_fetch(f, own))
			break;
	if (f != NULL) {
		t->answer.cache = GATE_CACHE_SHARED;
		add_ticket(f, t);
	} else {
		t->answer.cache = GATE_CACHE_MISS;
		own->next = fs->first;
		fs->first = own;
		add_ticket(own, t);
	}
	(void)pthread_mutex_unlock(&fs->lock);

	if (f == NULL)
		return own;
	flight_free(own);
	return NULL;
}

struct gate_ticket *
flights_land(struct flights *fs, struct flight *f)
{
	struct gate_ticket *tickets;

	(void)pthread_mutex_lock(&fs->lock);
	for (struct flight **at = &fs->first; *at != NULL; at = &(*at)->next) {
		if (*at != f)
			continue;
		*at = f->next;
		break;
	}
	tickets = f->tickets;
	f->tickets = NULL;
	for (struct gate_ticket *t = tickets; t != NULL; t = t->next)
		t->flight = NULL;
	(void)pthread_mutex_unlock(&fs->lock);
	return tickets;
}

void
flight_free(struct flight *f)
{
	assert(f->tickets == NULL);
	fetched_clear(&f->fetched);
	free(f);
}

void
flights_cancel(struct flights *fs, struct gate_ticket *t)
{
	(void)pthread_mutex_lock(&fs->lock);
	if (!atomic_exchange(&t->canceled, true) && t->flight != NULL) {
		assert(t->flight->waiting > 0);
		t->flight->waiting--;
		if (t->flight->waiting == 0)
			atomic_store(&t->flight->canceled, true);
	}
	(void)pthread_mutex_unlock(&fs->lock);
}

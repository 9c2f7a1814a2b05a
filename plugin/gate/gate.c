/*
 * The story of one pull, from the request to the answer.  It reads from the
 * bottom up to gate_submit(); what is worth a file of its own has one.
 */
#include "gate/gate.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "gate/answer.h"
#include "gate/findings.h"
#include "gate/flights.h"
#include "gate/judge.h"
#include "gate/recording.h"
#include "gate/refusals.h"
#include "gate/report.h"
#include "gate/workers.h"

struct gate {
	struct gate_settings settings;
	struct registry *registry;
	pthread_mutex_t ring_lock;
	struct ring *ring;   /* under ring_lock, as is the next */
	uint64_t generation; /* of the ring */
	struct flights flights;
	struct refusals refusals;
	struct workers workers;
};

/* What was recorded needs no network, and no longer than this. */
#define REPLAY_MS 60000

/* What was kept, and is not enough, is asked for anew: somebody may have signed
 * in the meantime. */
static void
make_enough(struct gate *g, struct gate_ticket *t, struct fetched *f,
    struct registry_session *session, struct findings *findings)
{
	struct fetch_what what = ticket_what(t);

	if (judge_holds(t, f, findings)) {
		t->answer.cache = GATE_CACHE_EVIDENCE;
		return;
	}
	fetch_again(session, g->settings.store, &what, f);
	findings_clear(findings);
	findings_make(t->ring, &t->matches, f, session->budget, findings);
}

/* What was fetched is verified with the policies' keys, and judged. */
static void
conclude(struct gate *g, struct gate_ticket *t, struct fetched *f,
    struct registry_session *session)
{
	AUTO(findings) struct findings findings = { 0 };

	judge_target(t, f);
	findings_make(t->ring, &t->matches, f, session->budget, &findings);
	if (f->err.code == ERR_NONE && fetched_is_stored(f))
		make_enough(g, t, f, session, &findings);
	judge_evidence(t, f, &findings);
	answer_exempt(t);
	if (t->answer.verdict != VERDICT_ALLOW &&
	    err_kind_of(t->answer.code) == ERR_REFUSED)
		refusals_note(&g->refusals, t);
	if (g->settings.report)
		t->answer.report = report_make(t, f, &findings);
	if (g->settings.record && f->target.digest != NULL)
		t->answer.recording = recording_make(t->ref, f);
}

/* What needs no evidence, or was refused a moment ago. */
static bool
answer_at_once(struct gate *g, struct gate_ticket *t)
{
	if (judge_request(t)) {
		if (answer_wants_digest(t))
			return false;
		answer_exempt(t);
	} else if (answer_exemption(t) != NULL ||
		   !refusals_answer(&g->refusals, t))
		return false;
	if (g->settings.report)
		t->answer.report = report_make(t, NULL, NULL);
	return true;
}

/* A worker, or who called gate_check(), takes a ticket all the way. */
static void
run(struct gate_ticket *t, struct http_client *http)
{
	struct gate *g = t->gate;
	struct gate_ticket *next;
	struct budget budget;
	struct registry_session session = { g->registry, http, NULL, &budget };
	struct flight *f;

	if (atomic_load(&t->canceled)) {
		ticket_finish(t);
		return;
	}
	if (answer_at_once(g, t)) {
		ticket_finish(t);
		return;
	}
	f = flights_board(&g->flights, t);
	if (f == NULL)
		return;
	budget = budget_new(f->timeout_ms, &f->canceled);
	budget.deadline_ms = t->asked_us / 1000 + f->timeout_ms;
	session.creds = &t->creds;
	fetch_all(&session, g->settings.store, &f->what, &f->fetched);
	for (t = flights_land(&g->flights, f); t != NULL; t = next) {
		next = t->next;
		session.creds = &t->creds;
		conclude(g, t, &f->fetched, &session);
		ticket_finish(t);
	}
	flight_free(f);
}

static struct gate_ticket *
admit(struct gate *g, const struct gate_request *request, gate_done *done,
    void *arg)
{
	struct gate_ticket *t = ticket_new(g, request, done, arg);

	(void)pthread_mutex_lock(&g->ring_lock);
	t->ring = ring_ref(g->ring);
	t->generation = g->generation;
	(void)pthread_mutex_unlock(&g->ring_lock);
	t->unmatched = g->settings.unmatched;
	t->checkpoints = g->settings.checkpoints;
	return t;
}

/* A gate_done that keeps the answer. */
static void
keep(void *arg, struct gate_answer *answer)
{
	struct gate_answer *ret = arg;

	*ret = *answer;
	*answer = (struct gate_answer){ 0 };
}

void
gate_check(struct gate *g, const struct gate_request *request,
    struct gate_answer *ret)
{
	AUTO(http_client) struct http_client *http = http_client_new();

	*ret = (struct gate_answer){ 0 };
	run(admit(g, request, keep, ret), http);
}

int
gate_replay(struct gate *g, const struct gate_request *request,
    const struct json *recording, struct gate_answer *ret, struct err *e)
{
	AUTO(fetched) struct fetched f = { 0 };
	struct budget budget = budget_new(REPLAY_MS, NULL);
	struct registry_session session = { .budget = &budget };
	struct gate_ticket *t;
	int r = 0;

	*ret = (struct gate_answer){ 0 };
	t = admit(g, request, keep, ret);
	if (!answer_at_once(g, t)) {
		fetch_places(&t->matches, &f);
		r = recording_read(recording, t->ref, &f, e);
		if (r == 0)
			conclude(g, t, &f, &session);
	}
	ticket_finish(t);
	return r;
}

static void
refuse_unasked(struct gate_ticket *t, const struct err *why)
{
	t->answer.image = str_printable(slice_of(t->image, t->image_len));
	answer_refuse_image(t, why);
	ticket_finish(t);
}

void
gate_refuse(struct gate *g, const struct gate_request *request,
    const struct err *why, struct gate_answer *ret)
{
	*ret = (struct gate_answer){ 0 };
	refuse_unasked(admit(g, request, keep, ret), why);
}

struct gate_ticket *
gate_submit(struct gate *g, const struct gate_request *request, gate_done *done,
    void *arg)
{
	struct gate_ticket *t = ticket_ref(admit(g, request, done, arg));
	struct err e = { 0 };

	if (workers_add(&g->workers, t))
		return t;
	(void)err_set(&e, ERR_TIMEOUT, "more than %d pulls wait for a verdict",
	    WORKERS_QUEUE_MAX);
	refuse_unasked(t, &e);
	return t;
}

void
gate_cancel(struct gate_ticket *t)
{
	flights_cancel(&t->gate->flights, t);
}

struct gate *
gate_new(const struct gate_settings *settings, struct registry *registry,
    struct ring *ring)
{
	struct gate *g = MEM_NEW(struct gate);

	g->settings = *settings;
	g->registry = registry;
	g->ring = ring_ref(ring);
	g->refusals.ttl_ms = settings->negative_ttl_ms;
	(void)pthread_mutex_init(&g->ring_lock, NULL);
	(void)pthread_mutex_init(&g->flights.lock, NULL);
	(void)pthread_mutex_init(&g->refusals.lock, NULL);
	workers_init(&g->workers, settings->workers, run);
	return g;
}

void
gate_set_ring(struct gate *g, struct ring *ring)
{
	struct ring *old;

	(void)pthread_mutex_lock(&g->ring_lock);
	old = g->ring;
	g->ring = ring_ref(ring);
	g->generation++;
	(void)pthread_mutex_unlock(&g->ring_lock);
	ring_unref(old);
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	workers_stop(&g->workers);
	refusals_clear(&g->refusals);
	ring_unref(g->ring);
	free(g);
}

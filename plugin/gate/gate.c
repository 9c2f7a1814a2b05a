/*
 * The story of one pull, from the request to the answer.  It reads from the
 * bottom up to gate_submit(); what is worth a file of its own has one.
 */
#include "gate/gate.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gate/answer.h"
#include "gate/findings.h"
#include "gate/flights.h"
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

static void
note_outcome(struct outcome *o, const struct err *e)
{
	o->code = e->code;
	free(o->message);
	o->message = mem_strdup(e->msg);
}

/* Which policies cover it, and what do they say of the reference alone? */
static void
match(struct gate_ticket *t)
{
	struct policy_facts facts = ticket_facts(t);
	struct err e = { 0 };

	policy_match(ring_policies(t->ring), &facts, &t->matches);
	t->outcomes = mem_zalloc(t->matches.n * sizeof(*t->outcomes));
	for (size_t i = 0; i < t->matches.n; i++) {
		t->outcomes[i].policy = t->matches.items[i];
		if (policy_check_reference(t->matches.items[i], &facts, &e) < 0)
			note_outcome(&t->outcomes[i], &e);
	}
	t->answer.policies = ticket_policy_names(t);
}

static bool
asks_for_signatures(const struct gate_ticket *t)
{
	for (size_t i = 0; i < t->matches.n; i++)
		if (t->matches.items[i]->nattestors > 0)
			return true;
	return false;
}

/* What can be answered without a registry.  True if that was all. */
static bool
judge_request(struct gate *g, struct gate_ticket *t)
{
	struct err e = { 0 };

	if (reference_parse(slice_of(t->image, t->image_len), &t->ref, &e) <
	    0) {
		t->answer.image =
		    str_printable(slice_of(t->image, t->image_len));
		answer_refuse_image(t, &e);
		return true;
	}
	t->answer.image = mem_strdup(t->ref->text);
	match(t);
	if (t->matches.n == 0)
		answer_unmatched(t, g->settings.unmatched);
	else if (answer_is_refusal(t) || !asks_for_signatures(t))
		answer_decide(t);
	else
		return refusals_answer(&g->refusals, t);
	return true;
}

/* What one policy needs could not be fetched: the first reason, else NULL. */
static const struct err *
fetch_error(const struct policy *p, const struct fetched *f)
{
	if (f->err.code != ERR_NONE)
		return &f->err;
	for (size_t i = 0; i < p->nattestors; i++) {
		const struct place *place =
		    fetched_place(f, p->attestors[i].repository);

		if (place->err.code != ERR_NONE)
			return &place->err;
	}
	return NULL;
}

static void
evaluate(struct outcome *o, const struct fetched *f,
    const struct findings *findings)
{
	const struct err *failed = fetch_error(o->policy, f);

	if (o->policy->nattestors == 0 || o->code != ERR_NONE)
		return;
	if (failed != NULL) {
		note_outcome(o, failed);
		return;
	}
	policy_evaluate(o->policy, f->target.digest, findings->views,
	    findings->n, &o->result);
	if (o->result.verdict == VERDICT_ALLOW)
		return;
	o->code = o->result.code == ERR_NONE ? ERR_INTERNAL : o->result.code;
	o->message = mem_strdup(
	    o->result.message == NULL ? "no verdict" : o->result.message);
}

/* What was verified is what is pulled: the runtime is told the digest. */
static void
pin(struct gate_ticket *t, const struct descriptor *target)
{
	if (target->digest == NULL)
		return;
	descriptor_copy(&t->answer.target, target);
	t->answer.pinned = reference_pin(t->ref, target->digest);
	if (t->ref->digest == NULL)
		t->answer.tag = mem_strdup(t->ref->text);
}

/* The evidence is in, or why it is not: ask every policy. */
static void
judge_evidence(struct gate *g, struct gate_ticket *t, const struct fetched *f)
{
	AUTO(findings) struct findings findings = { 0 };

	pin(t, &f->target);
	findings_make(t->ring, &t->matches, f, &findings);
	for (size_t i = 0; i < t->matches.n; i++)
		evaluate(&t->outcomes[i], f, &findings);
	answer_decide(t);
	if (t->answer.verdict != VERDICT_ALLOW &&
	    err_kind_of(t->answer.code) == ERR_REFUSED)
		refusals_note(&g->refusals, t);
	if (g->settings.report)
		t->answer.report = report_make(t, f, &findings);
}

/* A worker, or who called gate_check(), takes a ticket all the way. */
static void
run(struct gate_ticket *t, struct http_client *http)
{
	struct gate *g = t->gate;
	struct gate_ticket *next;
	struct budget budget;
	struct flight *f;

	if (atomic_load(&t->canceled)) {
		ticket_finish(t);
		return;
	}
	if (judge_request(g, t)) {
		if (g->settings.report)
			t->answer.report = report_make(t, NULL, NULL);
		ticket_finish(t);
		return;
	}
	f = flights_board(&g->flights, t);
	if (f == NULL)
		return;
	budget = budget_new(f->timeout_ms, &f->canceled);
	budget.deadline_ms = t->asked_us / 1000 + f->timeout_ms;
	fetch_all(&(struct registry_session){ g->registry, http, &t->creds,
		      &budget },
	    t->ref, &f->fetched);
	for (t = flights_land(&g->flights, f); t != NULL; t = next) {
		next = t->next;
		judge_evidence(g, t, &f->fetched);
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

struct gate_ticket *
gate_submit(struct gate *g, const struct gate_request *request, gate_done *done,
    void *arg)
{
	struct gate_ticket *t = ticket_ref(admit(g, request, done, arg));
	struct err e = { 0 };

	if (workers_add(&g->workers, t))
		return t;
	(void)err_set(&e, ERR_LIMIT, "more than %d pulls wait for a verdict",
	    WORKERS_QUEUE_MAX);
	t->answer.image = str_printable(slice_of(t->image, t->image_len));
	answer_refuse_image(t, &e);
	ticket_finish(t);
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

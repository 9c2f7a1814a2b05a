/* The policies are asked, twice: of the request, and of the evidence. */
#include "gate/judge.h"

#include <stdlib.h>

#include "base/mem.h"
#include "gate/answer.h"

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

bool
judge_request(struct gate_ticket *t, enum gate_unmatched unmatched)
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
		answer_unmatched(t, unmatched);
	else if (answer_is_refusal(t) || !asks_for_signatures(t))
		answer_decide(t);
	else
		return false;
	return true;
}

/* What one policy needs could not be fetched: the first reason, else NULL. */
static const struct err *
fetch_error(const struct policy *p, const struct fetched *f)
{
	for (size_t i = 0; i < p->nattestors; i++) {
		const struct place *place =
		    fetched_place(f, p->attestors[i].repository);

		if (place->err.code != ERR_NONE)
			return &place->err;
	}
	return NULL;
}

/* Does an attestor refuse whose place was searched?  Then what could not be
 * searched elsewhere makes no difference. */
static bool
refuses_for_sure(const struct policy_result *r, const struct fetched *f)
{
	for (size_t i = 0; i < r->nattestors; i++) {
		const struct policy_attestor_result *a = &r->attestors[i];

		if (!a->holds &&
		    fetched_place(f, a->attestor->repository)->err.code ==
			ERR_NONE)
			return true;
	}
	return false;
}

static void
evaluate(struct outcome *o, const struct fetched *f,
    const struct findings *findings)
{
	const struct err *failed;

	if (o->policy->nattestors == 0 || o->code != ERR_NONE)
		return;
	if (f->err.code != ERR_NONE) {
		note_outcome(o, &f->err);
		return;
	}
	policy_evaluate(o->policy, f->target.digest, findings->views,
	    findings->n, &o->result);
	failed = fetch_error(o->policy, f);
	if (failed != NULL && !refuses_for_sure(&o->result, f)) {
		note_outcome(o, failed);
		return;
	}
	if (failed == NULL && o->result.verdict == VERDICT_ALLOW)
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

void
judge_evidence(struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings)
{
	pin(t, &f->target);
	for (size_t i = 0; i < t->matches.n; i++)
		evaluate(&t->outcomes[i], f, findings);
	answer_decide(t);
}

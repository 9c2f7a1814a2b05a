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
		t->outcomes[i].action =
		    policy_action_for(t->matches.items[i], t->namespace_);
		if (policy_check_reference(t->matches.items[i], &facts, &e) < 0)
			note_outcome(&t->outcomes[i], &e);
	}
	t->answer.policies = ticket_policy_names(t);
}

/* Is there an entry that only signatures can satisfy? */
static bool
needs_evidence(const struct policy *p)
{
	for (size_t i = 0; i < p->leaves.n; i++)
		if (policy_entry_has_place(p->leaves.items[i]))
			return true;
	return p->nattestations > 0;
}

static bool
asks_for_signatures(const struct gate_ticket *t)
{
	for (size_t i = 0; i < t->matches.n; i++)
		if (needs_evidence(t->matches.items[i]))
			return true;
	return false;
}

static void
note_result(struct outcome *o)
{
	if (o->result.verdict == VERDICT_ALLOW)
		return;
	o->code = o->result.code == ERR_NONE ? ERR_INTERNAL : o->result.code;
	o->message = mem_strdup(
	    o->result.message == NULL ? "no verdict" : o->result.message);
}

/* Policies that are decided without signatures: their entries all pass or all
 * fail. */
static void
evaluate_without_evidence(struct gate_ticket *t)
{
	for (size_t i = 0; i < t->matches.n; i++) {
		struct outcome *o = &t->outcomes[i];

		if (o->code != ERR_NONE || needs_evidence(o->policy) ||
		    !policy_asks_for_signers(o->policy))
			continue;
		policy_evaluate(o->policy, t->ref, "", NULL, 0, &o->result);
		note_result(o);
	}
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
	evaluate_without_evidence(t);
	if (t->matches.n == 0)
		answer_unmatched(t, unmatched);
	else if (answer_is_refusal(t) || !asks_for_signatures(t))
		answer_decide(t);
	else
		return false;
	return true;
}

static void
evaluate(struct gate_ticket *t, struct outcome *o, const struct fetched *f,
    const struct findings *findings)
{
	if (!needs_evidence(o->policy) || o->code != ERR_NONE)
		return;
	if (f->err.code != ERR_NONE) {
		note_outcome(o, &f->err);
		return;
	}
	policy_evaluate(o->policy, t->ref, f->target.digest, findings->views,
	    findings->n, &o->result);
	note_result(o);
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
		evaluate(t, &t->outcomes[i], f, findings);
	answer_decide(t);
}

bool
judge_holds(const struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings)
{
	for (size_t i = 0; i < t->matches.n; i++) {
		const struct outcome *o = &t->outcomes[i];
		AUTO(policy_result) struct policy_result result = { 0 };

		if (!needs_evidence(o->policy) || o->code != ERR_NONE)
			continue;
		policy_evaluate(o->policy, t->ref, f->target.digest,
		    findings->views, findings->n, &result);
		if (result.verdict != VERDICT_ALLOW)
			return false;
	}
	return true;
}

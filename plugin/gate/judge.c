/* The policies are asked, twice: of the request, and of the evidence. */
#include "gate/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gate/answer.h"
#include "image/checkpoint.h"
#include "policy/digests.h"

/* The policy does not hold. */
static void
note_outcome(struct outcome *o, const struct err *e)
{
	o->decided = true;
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

static void
note_result(struct outcome *o)
{
	o->decided = true;
	if (o->result.verdict == VERDICT_ALLOW)
		return;
	o->code = o->result.code == ERR_NONE ? ERR_INTERNAL : o->result.code;
	o->message = mem_strdup(
	    o->result.message == NULL ? "no verdict" : o->result.message);
}

/* The first of these that the policy denies; NULL if it denies none. */
static const char *
find_denied(const struct policy *p, const char *const *digests, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (policy_digests_look(&p->digests, &digests[i], 1) ==
		    POLICY_LISTED_DENY)
			return digests[i];
	return NULL;
}

/* What the lists say; *denied becomes the digest that is denied. */
static enum policy_listed
look_up(const struct gate_ticket *t, const struct policy *p,
    const char **denied)
{
	const char *digests[TICKET_DIGESTS];
	size_t n = ticket_digests(t, digests);

	*denied = find_denied(p, digests, n);
	if (*denied == NULL)
		*denied = find_denied(p, (const char *const *)t->digests.items,
		    t->digests.n);
	if (*denied != NULL)
		return POLICY_LISTED_DENY;
	return policy_digests_look(&p->digests, digests, n);
}

/* What is denied is so whatever else was said already: no exemption mends it. */
static void
settle_digests(const struct gate_ticket *t, struct outcome *o)
{
	const struct policy *p = o->policy;
	const char *denied = NULL;
	enum policy_listed listed;
	struct err e = { 0 };

	if (!policy_asks_for_digest(p) || !ticket_digests_known(t))
		return;
	listed = look_up(t, p, &denied);
	if (o->decided && listed != POLICY_LISTED_DENY)
		return;
	switch (listed) {
	case POLICY_LISTED_DENY:
		(void)err_set(&e, ERR_DENIED, "digest %s is denied", denied);
		note_outcome(o, &e);
		break;
	case POLICY_LISTED_ALLOW:
		o->decided = true;
		break;
	case POLICY_UNLISTED:
		o->decided = !policy_asks_for_signers(p);
		if (!o->decided || p->digests.allow.n == 0)
			break;
		(void)err_set(&e, ERR_NOT_ALLOWED,
		    "the image's digest is not allowed");
		note_outcome(o, &e);
	}
}

/* What is left where no signature is asked for, or none can be looked for. */
static void
settle_unsigned(const struct gate_ticket *t, struct outcome *o)
{
	struct err e = { 0 };

	if (o->decided ||
	    (policy_asks_for_digest(o->policy) && !ticket_digests_known(t)))
		return;
	if (!needs_evidence(o->policy)) {
		o->decided = true;
		if (!policy_asks_for_signers(o->policy))
			return;
		policy_evaluate(o->policy, t->ref, "", NULL, 0, &o->result);
		note_result(o);
	} else if (t->present && t->digest == NULL) {
		(void)err_set(&e, ERR_NO_DIGEST,
		    "the image has no repository digest (it was imported, or "
		    "built on the node), so there is nothing to verify "
		    "signatures by");
		note_outcome(o, &e);
	}
}

/* As far as it goes without evidence. */
static void
settle(struct gate_ticket *t)
{
	for (size_t i = 0; i < t->matches.n; i++) {
		settle_digests(t, &t->outcomes[i]);
		settle_unsigned(t, &t->outcomes[i]);
	}
}

static bool
all_decided(const struct gate_ticket *t)
{
	for (size_t i = 0; i < t->matches.n; i++)
		if (!t->outcomes[i].decided)
			return false;
	return true;
}

/* The runtime would make a container of it in a way that nobody asks about, so
 * no policy, and no action of one, lets it pass. */
static int
check_checkpoint(const struct gate_ticket *t, struct err *e)
{
	if (t->checkpoints ||
	    (!t->checkpoint &&
		!checkpoint_is_told(&t->answer.target.annotations)))
		return 0;
	return err_set(e, ERR_CHECKPOINT,
	    "the image holds a checkpoint, of which the runtime would restore a "
	    "container");
}

/* What the name is, and whether it can be the name of what is there. */
static int
read_reference(struct gate_ticket *t, struct err *e)
{
	if (reference_parse(slice_of(t->image, t->image_len), &t->ref, e) < 0) {
		t->answer.image =
		    str_printable(slice_of(t->image, t->image_len));
		return -1;
	}
	t->answer.image = mem_strdup(t->ref->text);
	if (!t->present && str_ends(t->ref->registry, GATE_NOWHERE))
		return err_set(e, ERR_BAD_REFERENCE,
		    "no registry is ever under " GATE_NOWHERE " (RFC 2606)");
	if (t->needs_registry && !t->ref->has_registry)
		return err_set(e, ERR_BAD_REFERENCE,
		    "the name has no registry, and this runtime might look in "
		    "several: write it out");
	if (check_checkpoint(t, e) < 0)
		return -1;
	if (!t->present)
		return 0;
	if (t->digest == NULL && t->ref->digest != NULL)
		return err_set(e, ERR_DIGEST_MISMATCH,
		    "nothing shows that what the node has is of this digest");
	if (t->digest == NULL)
		return 0;
	if (t->ref->digest != NULL && strcmp(t->ref->digest, t->digest) != 0)
		return err_set(e, ERR_DIGEST_MISMATCH,
		    "what the node has under this name is %s", t->digest);
	t->at = reference_at(t->ref, t->digest);
	return 0;
}

bool
judge_request(struct gate_ticket *t)
{
	struct err e = { 0 };

	if (read_reference(t, &e) < 0) {
		answer_refuse_image(t, &e);
		return true;
	}
	match(t);
	settle(t);
	if (!answer_is_refusal(t) && !all_decided(t))
		return false;
	answer_decide(t);
	return true;
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
judge_target(struct gate_ticket *t, const struct fetched *f)
{
	pin(t, &f->target);
	settle(t);
	if (f->err.code == ERR_NONE)
		return;
	for (size_t i = 0; i < t->matches.n; i++)
		if (!t->outcomes[i].decided)
			note_outcome(&t->outcomes[i], &f->err);
}

void
judge_evidence(struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings)
{
	struct err e = { 0 };

	for (size_t i = 0; i < t->matches.n; i++) {
		struct outcome *o = &t->outcomes[i];

		if (o->decided)
			continue;
		policy_evaluate(o->policy, t->ref, f->target.digest,
		    findings->views, findings->n, &o->result);
		note_result(o);
	}
	if (check_checkpoint(t, &e) < 0)
		answer_refuse_image(t, &e);
	else
		answer_decide(t);
}

bool
judge_holds(const struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings)
{
	for (size_t i = 0; i < t->matches.n; i++) {
		const struct outcome *o = &t->outcomes[i];
		AUTO(policy_result) struct policy_result result = { 0 };

		if (o->decided)
			continue;
		policy_evaluate(o->policy, t->ref, f->target.digest,
		    findings->views, findings->n, &result);
		if (result.verdict != VERDICT_ALLOW)
			return false;
	}
	return true;
}

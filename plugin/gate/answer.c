/* One answer out of what every policy says. */
#include "gate/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policy/exemption.h"

#define PREFIX_REFUSED     "SignatureValidationFailed: "
#define PREFIX_UNAVAILABLE "RegistryUnavailable: "

/* What the kubelet and journald still show whole. */
#define ANSWER_TEXT_MAX 2048

/* Does this outcome stop the pull?  Zero codes hold, everything else must say
 * why it may be overlooked. */
static bool
stops(const struct outcome *o)
{
	if (o->code == ERR_NONE)
		return false;
	if (o->action != POLICY_ENFORCE)
		return false;
	return o->policy->failure != POLICY_IGNORE ||
	       err_kind_of(o->code) != ERR_UNSURE;
}

bool
answer_is_refusal(const struct gate_ticket *t)
{
	for (size_t i = 0; i < t->matches.n; i++)
		if (stops(&t->outcomes[i]))
			return true;
	return false;
}

void
answer_refuse(struct gate_answer *a, enum err_code code, char *message)
{
	a->verdict = VERDICT_DENY;
	a->code = code;
	free(a->message);
	a->message = message;
}

static const char *
prefix_of(enum err_code cause)
{
	return err_kind_of(cause) == ERR_UNSURE ? PREFIX_UNAVAILABLE
						: PREFIX_REFUSED;
}

/* Strangers' words stand in messages: they leave here as one clean line. */
static char *
clean(const char *prefix, const struct buf *text)
{
	AUTO(str) char *printable = str_printable(buf_slice(text));

	return str_printf("%s%s", prefix, printable);
}

void
answer_refuse_image(struct gate_ticket *t, const struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(ANSWER_TEXT_MAX);

	buf_print_cut(&text, "image \"%.512s\": %s", t->answer.image, e->msg);
	answer_refuse(&t->answer, e->code, clean(prefix_of(e->code), &text));
}

/* It would have been refused, and goes through: the text says why, without the
 * prefix that means a refusal. */
static void
overlook(struct gate_answer *a)
{
	char *text = a->message;

	a->message = mem_strdup(strchr(text, ' ') + 1);
	free(text);
	a->verdict = VERDICT_ALLOW;
}

/* A status names no pod, so policies for some pods cannot be asked; where there
 * are any, it is left to the other gates. */
static bool
is_for_some_pods(const struct gate_ticket *t)
{
	struct policy_facts facts = ticket_facts(t);

	return t->door == GATE_STATUS &&
	       policy_match_image(ring_policies(t->ring), &facts);
}

static void
decide_unmatched(struct gate_ticket *t)
{
	struct err e = { 0 };

	if (t->unmatched == GATE_UNMATCHED_ALLOW || is_for_some_pods(t)) {
		t->answer.verdict = VERDICT_ALLOW;
		return;
	}
	(void)err_set(&e, ERR_NO_POLICY, "no policy covers this image");
	answer_refuse_image(t, &e);
	if (t->unmatched == GATE_UNMATCHED_WARN)
		overlook(&t->answer);
}

static bool
is_unmatched(const struct gate_ticket *t)
{
	for (size_t i = 0; i < t->matches.n; i++)
		if (!policy_only_denies(t->matches.items[i]))
			return false;
	return true;
}

/*
 * The outcomes that matter for the text: those that stop the pull, or, where
 * none does, those that were overlooked.  In the order of the policies' names,
 * so that the text is the same from run to run.
 */
static void
describe(const struct gate_ticket *t, bool stopping, struct buf *text)
{
	const char *sep = "";

	buf_print_cut(text, "image \"%.512s\": ", t->answer.image);
	for (size_t i = 0; i < t->matches.n; i++) {
		const struct outcome *o = &t->outcomes[i];

		if (o->code == ERR_NONE || stops(o) != stopping)
			continue;
		buf_print_cut(text, "%spolicy \"%s\": %s", sep, o->policy->name,
		    o->message);
		sep = "; ";
	}
}

/* The cause that names the answer: a refusal goes before what is unsure. */
static enum err_code
main_cause(const struct gate_ticket *t, bool stopping)
{
	enum err_code unsure = ERR_NONE;

	for (size_t i = 0; i < t->matches.n; i++) {
		const struct outcome *o = &t->outcomes[i];

		if (o->code == ERR_NONE || stops(o) != stopping)
			continue;
		if (err_kind_of(o->code) != ERR_UNSURE)
			return o->code;
		if (unsure == ERR_NONE)
			unsure = o->code;
	}
	return unsure;
}

void
answer_decide(struct gate_ticket *t)
{
	AUTO(buf) struct buf text = buf_with_max(ANSWER_TEXT_MAX);
	bool refused = answer_is_refusal(t);
	enum err_code cause = main_cause(t, refused);

	free(t->answer.message);
	t->answer.message = NULL;
	t->answer.code = ERR_NONE;
	t->answer.verdict = VERDICT_NONE;
	if (!refused && is_unmatched(t)) {
		decide_unmatched(t);
		return;
	}
	if (cause == ERR_NONE) {
		t->answer.verdict = VERDICT_ALLOW;
		return;
	}
	describe(t, refused, &text);
	answer_refuse(&t->answer, cause, clean(prefix_of(cause), &text));
	if (!refused)
		overlook(&t->answer);
}

const struct policy_exemption *
answer_exemption(const struct gate_ticket *t)
{
	struct policy_facts facts = ticket_facts(t);
	const char *digests[TICKET_DIGESTS];
	size_t n = ticket_digests(t, digests);

	return policy_exempts(ring_policies(t->ring), &facts, digests, n,
	    clock_now());
}

/* What the request itself is, no exemption mends. */
static bool
is_about_request(enum err_code code)
{
	return code == ERR_BAD_REFERENCE || code == ERR_DIGEST_MISMATCH ||
	       code == ERR_CHECKPOINT;
}

/* Does a policy deny it, or would it, if its digest were known? */
static bool
may_be_denied(const struct gate_ticket *t)
{
	bool known = ticket_digests_known(t);

	for (size_t i = 0; i < t->matches.n; i++) {
		const struct outcome *o = &t->outcomes[i];

		if (o->action != POLICY_ENFORCE)
			continue;
		if (o->code == ERR_DENIED ||
		    (!known && o->policy->digests.deny.n > 0))
			return true;
	}
	return false;
}

static bool
may_be_exempted(const struct gate_ticket *t)
{
	return t->answer.verdict != VERDICT_ALLOW && t->ref != NULL &&
	       !is_about_request(t->answer.code) && !may_be_denied(t);
}

bool
answer_wants_digest(const struct gate_ticket *t)
{
	return t->answer.verdict != VERDICT_ALLOW && t->ref != NULL &&
	       !is_about_request(t->answer.code) && !t->present &&
	       t->answer.target.digest == NULL && answer_exemption(t) != NULL;
}

void
answer_exempt(struct gate_ticket *t)
{
	const struct policy_exemption *by =
	    may_be_exempted(t) ? answer_exemption(t) : NULL;

	if (by == NULL)
		return;
	overlook(&t->answer);
	t->answer.exemption = mem_strdup(by->name);
	t->answer.reason = mem_strdup(by->reason);
}

const char *
gate_cache_name(enum gate_cache cache)
{
	switch (cache) {
	case GATE_CACHE_NONE:
		return "none";
	case GATE_CACHE_MISS:
		return "miss";
	case GATE_CACHE_EVIDENCE:
		return "evidence";
	case GATE_CACHE_SHARED:
		return "shared";
	case GATE_CACHE_HIT:
		return "hit";
	}
	abort();
}

void
gate_answer_clear(struct gate_answer *a)
{
	free(a->message);
	free(a->image);
	free(a->pinned);
	free(a->tag);
	free(a->policies);
	free(a->exemption);
	free(a->reason);
	descriptor_clear(&a->target);
	json_free(a->recording);
	json_free(a->report);
	*a = (struct gate_answer){ 0 };
}

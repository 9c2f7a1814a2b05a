/* From proofs to a verdict: who has signed, and is that enough? */
#include "policy/evaluate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/denial.h"
#include "policy/reason.h"
#include "policy/sentence.h"
#include "policy/signer.h"

/* One evaluation. */
struct evaluation {
	struct signer_question q;
	const struct policy_findings *findings;
	size_t nfindings;
};

static void
fail_entry(struct policy_entry_result *ret, enum err_code code,
    struct sentence *s)
{
	assert(code != ERR_NONE);
	ret->code = code;
	ret->message = sentence_end(s);
}

static void
fail_with(struct policy_entry_result *ret, enum err_code code, const char *text)
{
	struct sentence s = { 0 };

	sentence_say(&s, "%s", text);
	fail_entry(ret, code, &s);
}

static void
fail_without_signatures(const char *repository, struct policy_entry_result *ret)
{
	struct sentence s = { 0 };

	sentence_say(&s, "no signatures found");
	if (repository != NULL)
		sentence_say(&s, " in %s", repository);
	fail_entry(ret, ERR_NO_SIGNATURES, &s);
}

static const char *
whose(enum policy_entry_kind kind)
{
	return kind == POLICY_ENTRY_KEYS ? "verifies with the policy's keys"
	       : kind == POLICY_ENTRY_KEYLESS
		   ? "was made with a certificate of a trusted authority"
		   : "was made with the policy's certificate";
}

static void
fail_without_match(const struct policy_findings *f, const char *type,
    const struct reason *r, struct policy_entry_result *ret)
{
	struct sentence s = { 0 };

	sentence_say(&s,
	    "no matching %s: ", type == NULL ? "signatures" : "attestations");
	if (r->code == ERR_NONE)
		sentence_say(&s, "%zu found, none %s", f->found,
		    whose(ret->entry->kind));
	else
		sentence_say(&s, "%s", r->text);
	fail_entry(ret, r->code == ERR_NONE ? ERR_NO_MATCH : r->code, &s);
}

static const struct policy_findings *
findings_for(const struct evaluation *ev, const char *repository)
{
	for (size_t i = 0; i < ev->nfindings; i++)
		if (str_equal_null(ev->findings[i].repository, repository))
			return &ev->findings[i];
	return NULL;
}

/* One demand on the signer: a signature, or an attestation of the type. */
static bool
evaluate_demand(const struct policy_entry *entry,
    const struct signer_question *q, const struct policy_findings *f,
    struct policy_entry_result *ret)
{
	AUTO(reason) struct reason reason = { 0 };

	free(ret->message);
	ret->message = signer_find(entry, q, f, &reason);
	if (ret->message != NULL)
		return true;
	fail_without_match(f, q->type, &reason, ret);
	return false;
}

static void
evaluate_signer(const struct evaluation *ev, const struct policy_findings *f,
    struct policy_entry_result *ret)
{
	const struct str_list *types = &ret->entry->predicates;
	struct signer_question q = ev->q;
	bool holds = true;

	if (types->n == 0)
		holds = evaluate_demand(ret->entry, &q, f, ret);
	for (size_t i = 0; holds && i < types->n; i++) {
		q.type = types->items[i];
		holds = evaluate_demand(ret->entry, &q, f, ret);
	}
	ret->state = holds ? POLICY_HOLDS : POLICY_FAILS;
}

static void
evaluate_signatures(const struct evaluation *ev,
    struct policy_entry_result *ret)
{
	const struct policy_entry *entry = ret->entry;
	const struct policy_findings *f = findings_for(ev, entry->repository);
	const char *unsupported = policy_entry_unsupported(entry);

	if (f != NULL && f->failed != NULL) {
		ret->state = POLICY_UNSURE;
		ret->code = f->failed->code;
		ret->message = mem_strdup(f->failed->msg);
	} else if (f == NULL || f->found == 0) {
		fail_without_signatures(entry->repository, ret);
	} else if (unsupported != NULL) {
		fail_with(ret, ERR_UNSUPPORTED, unsupported);
	} else {
		evaluate_signer(ev, f, ret);
	}
}

static void evaluate_attestor(const struct evaluation *ev,
    const struct policy_attestor *a, struct policy_attestor_result *ret);

static void
evaluate_nested(const struct evaluation *ev, struct policy_entry_result *ret)
{
	ret->nested = MEM_NEW(struct policy_attestor_result);
	evaluate_attestor(ev, ret->entry->nested, ret->nested);
	ret->state = ret->nested->state;
}

static void
evaluate_entry(const struct evaluation *ev, const struct policy_entry *entry,
    struct policy_entry_result *ret)
{
	*ret = (struct policy_entry_result){ .entry = entry };
	switch (entry->kind) {
	case POLICY_ENTRY_KEYS:
	case POLICY_ENTRY_KEYLESS:
	case POLICY_ENTRY_CERTIFICATES:
		evaluate_signatures(ev, ret);
		return;
	case POLICY_ENTRY_NESTED:
		evaluate_nested(ev, ret);
		return;
	case POLICY_ENTRY_PASS:
		ret->state = POLICY_HOLDS;
		ret->message = mem_strdup("nobody needs to sign");
		return;
	case POLICY_ENTRY_FAIL:
		fail_with(ret, ERR_NOT_ALLOWED,
		    "the policy refuses this image, whoever signed it");
		return;
	case POLICY_ENTRY_NONE:
		break;
	}
	abort();
}

static size_t
count_in(const struct policy_attestor_result *r, enum policy_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nentries; i++)
		n += r->entries[i].state == state;
	return n;
}

static enum policy_state
state_of(const struct policy_attestor_result *r, size_t needed)
{
	size_t hold = count_in(r, POLICY_HOLDS);

	/* A count of 0 is memory that no loader wrote. */
	if (needed == 0)
		return POLICY_FAILS;
	if (hold >= needed)
		return POLICY_HOLDS;
	return hold + count_in(r, POLICY_UNSURE) >= needed ? POLICY_UNSURE
							   : POLICY_FAILS;
}

static void
evaluate_attestor(const struct evaluation *ev, const struct policy_attestor *a,
    struct policy_attestor_result *ret)
{
	const struct policy_attestor *real = policy_attestor_real(a);

	*ret = (struct policy_attestor_result){ .attestor = a,
		.nentries = real->nentries };
	ret->entries = mem_calloc(real->nentries, sizeof(*ret->entries));
	for (size_t i = 0; i < real->nentries; i++)
		evaluate_entry(ev, &real->entries[i], &ret->entries[i]);
	ret->state = state_of(ret, real->count);
}

/* Both must hold; a failure is sure whatever the other is. */
static enum policy_state
both(enum policy_state a, enum policy_state b)
{
	if (a == POLICY_FAILS || b == POLICY_FAILS)
		return POLICY_FAILS;
	return a == POLICY_HOLDS ? b : a;
}

static void
evaluate_attestors(const struct evaluation *ev,
    const struct policy_attestors *list, struct policy_attestors_result *ret)
{
	ret->state = POLICY_HOLDS;
	ret->n = list->n;
	ret->items = mem_calloc(list->n, sizeof(*ret->items));
	for (size_t i = 0; i < list->n; i++) {
		evaluate_attestor(ev, &list->items[i], &ret->items[i]);
		ret->state = both(ret->state, ret->items[i].state);
	}
}

static void
evaluate_attestation(const struct evaluation *ev,
    const struct policy_attestation *a, struct policy_attestation_result *ret)
{
	struct evaluation own = *ev;

	own.q.type = a->type;
	*ret = (struct policy_attestation_result){ .attestation = a };
	evaluate_attestors(&own, &a->attestors, &ret->attestors);
	/* Nobody signing is nobody vouching; conditions are not evaluated. */
	ret->state = a->attestors.n == 0 || a->conditions.n > 0
			 ? POLICY_FAILS
			 : ret->attestors.state;
}

void
policy_evaluate(const struct policy *policy, const struct reference *ref,
    const char *image_digest, const struct policy_findings *findings,
    size_t nfindings, struct policy_result *ret)
{
	struct evaluation ev = { { ref, image_digest, NULL }, findings,
		nfindings };
	enum policy_state state;

	assert(policy != NULL && image_digest != NULL);
	*ret = (struct policy_result){ .policy = policy,
		.verdict = VERDICT_DENY,
		.nattestations = policy->nattestations };
	evaluate_attestors(&ev, &policy->attestors, &ret->attestors);
	state = ret->attestors.state;
	ret->attestations =
	    mem_calloc(ret->nattestations, sizeof(*ret->attestations));
	for (size_t i = 0; i < ret->nattestations; i++) {
		evaluate_attestation(&ev, &policy->attestations[i],
		    &ret->attestations[i]);
		state = both(state, ret->attestations[i].state);
	}
	if (state == POLICY_HOLDS)
		ret->verdict = VERDICT_ALLOW;
	else
		denial_explain(ret, state == POLICY_UNSURE);
}

/* As deep as documents and names are (POLICY_NAMES_DEEP_MAX). */
static void
attestor_result_clear(struct policy_attestor_result *r)
{
	for (size_t i = 0; i < r->nentries; i++) {
		free(r->entries[i].message);
		if (r->entries[i].nested != NULL)
			attestor_result_clear(r->entries[i].nested);
		free(r->entries[i].nested);
	}
	free(r->entries);
}

static void
attestors_result_clear(struct policy_attestors_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		attestor_result_clear(&r->items[i]);
	free(r->items);
}

void
policy_result_clear(struct policy_result *r)
{
	attestors_result_clear(&r->attestors);
	for (size_t i = 0; i < r->nattestations; i++)
		attestors_result_clear(&r->attestations[i].attestors);
	free(r->attestations);
	free(r->message);
	*r = (struct policy_result){ 0 };
}

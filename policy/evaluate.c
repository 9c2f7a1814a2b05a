/* From proofs to a verdict: who has signed, and is that enough? */
#include "policy/evaluate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/reason.h"
#include "policy/sentence.h"

/* A longer annotation is shown by its beginning. */
#define ANNOTATION_SHOWN 64

/* NULL if the signature carries every annotation, else which it does not. */
static char *
annotation_missing(const struct str_map *wanted, const struct proof *proof)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const char *key = wanted->items[i].key;
		const char *want = wanted->items[i].value;
		const char *got = proof_annotation(proof, key);

		if (got == NULL)
			return str_printf("signature annotations do not match: "
					  "%s is missing",
			    key);
		if (strcmp(got, want) != 0)
			return str_printf("signature annotations do not match: "
					  "%s is \"%.*s\", policy wants \"%s\"",
			    key, sentence_fit(got, ANNOTATION_SHOWN), got,
			    want);
	}
	return NULL;
}

/* Does a proof by one of the entry's keys count?  If not, why is in *r. */
static bool
proof_counts(const struct policy_entry *entry, const char *image_digest,
    const struct proof *proof, struct reason *r)
{
	AUTO(str) char *missing = NULL;

	if (proof_kind(proof) != PROOF_SIGNATURE) {
		reason_offer(r, ERR_WRONG_TYPE,
		    "an attestation is not a signature");
		return false;
	}
	if (strcmp(proof_image_digest(proof), image_digest) != 0) {
		reason_offer(r, ERR_OTHER_IMAGE, "signed for another image");
		return false;
	}
	missing = annotation_missing(&entry->annotations, proof);
	if (missing != NULL)
		reason_offer(r, ERR_ANNOTATION, missing);
	return missing == NULL;
}

/* Who signed, or NULL; of several the first in the order of their texts. */
static char *
find_signer(const struct policy_entry *entry, const char *image_digest,
    const struct proof_list *proofs, struct reason *r)
{
	AUTO(str_list) struct str_list signers = { 0 };

	for (size_t i = 0; i < proofs->n; i++) {
		const struct proof *p = proofs->items[i];

		if (str_list_has(&entry->keys.fingerprints, proof_key(p)) &&
		    proof_counts(entry, image_digest, p, r))
			str_list_own(&signers,
			    str_printf("signed by %s (%s)", proof_key(p),
				proof_source(p)));
	}
	str_list_sort(&signers);
	return signers.n == 0 ? NULL : mem_strdup(signers.items[0]);
}

/* What the verifier held against signatures that might have been this entry's.
 * That one is not this key's is no reason of its own: most are somebody's. */
static void
offer_rejections(const struct policy_entry *entry,
    const struct policy_findings *f, struct reason *r)
{
	for (size_t i = 0; i < f->nrejections; i++) {
		const struct policy_rejection *no = &f->rejections[i];

		if (no->code == ERR_BAD_SIGNATURE)
			continue;
		if (no->key == NULL ||
		    str_list_has(&entry->keys.fingerprints, no->key))
			reason_offer(r, no->code, no->message);
	}
}

static void
fail_entry(struct policy_entry_result *ret, enum err_code code,
    struct sentence *s)
{
	assert(code != ERR_NONE);
	ret->code = code;
	ret->message = sentence_end(s);
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

static void
fail_without_match(const struct policy_findings *f, const struct reason *r,
    struct policy_entry_result *ret)
{
	struct sentence s = { 0 };

	sentence_say(&s, "no matching signatures: ");
	if (r->code == ERR_NONE)
		sentence_say(&s,
		    "%zu found, none verifies with the policy's keys",
		    f->found);
	else
		sentence_say(&s, "%s", r->text);
	fail_entry(ret, r->code == ERR_NONE ? ERR_NO_MATCH : r->code, &s);
}

static void
evaluate_entry(const struct policy_entry *entry, const char *image_digest,
    const struct policy_findings *f, struct policy_entry_result *ret)
{
	AUTO(reason) struct reason reason = { 0 };

	*ret = (struct policy_entry_result){ .entry = entry };
	assert(entry->kind == POLICY_ENTRY_KEYS);
	ret->message = find_signer(entry, image_digest, f->proofs, &reason);
	if (ret->message != NULL) {
		ret->holds = true;
		return;
	}
	offer_rejections(entry, f, &reason);
	fail_without_match(f, &reason, ret);
}

static const struct policy_findings *
findings_for(const char *repository, const struct policy_findings *findings,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal_null(findings[i].repository, repository))
			return &findings[i];
	return NULL;
}

static size_t
count_holding(const struct policy_attestor_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nentries; i++)
		n += r->entries[i].holds;
	return n;
}

static void
evaluate_attestor(const struct policy_attestor *a, const char *image_digest,
    const struct policy_findings *f, struct policy_attestor_result *ret)
{
	*ret = (struct policy_attestor_result){ .attestor = a };
	ret->nentries = a->nentries;
	ret->entries = mem_zalloc(a->nentries * sizeof(*ret->entries));
	for (size_t i = 0; i < a->nentries; i++) {
		ret->entries[i].entry = &a->entries[i];
		if (f == NULL || f->found == 0)
			fail_without_signatures(a->repository,
			    &ret->entries[i]);
		else
			evaluate_entry(&a->entries[i], image_digest, f,
			    &ret->entries[i]);
	}
	/* A count of 0 is memory that no loader wrote. */
	ret->holds = a->count > 0 && count_holding(ret) >= a->count;
}

/* The code that all failing entries share; of a mixture, that none matched. */
static void
merge_code(enum err_code *into, enum err_code code)
{
	*into = *into == ERR_NONE || *into == code ? code : ERR_NO_MATCH;
}

static void
explain_attestor(const struct policy_attestor_result *r, struct sentence *s,
    enum err_code *code)
{
	const char *between = ": ";

	if (r->nentries > 1)
		sentence_say(s, "%zu of %zu entries hold", count_holding(r),
		    r->nentries);
	if (r->attestor->count < r->nentries)
		sentence_say(s, ", %zu needed", r->attestor->count);
	for (size_t i = 0; i < r->nentries; i++) {
		const struct policy_entry_result *entry = &r->entries[i];

		if (entry->holds)
			continue;
		merge_code(code, entry->code);
		if (r->nentries > 1)
			sentence_say(s, "%sentries[%zu]: ", between, i);
		sentence_say(s, "%s", entry->message);
		between = "; ";
	}
}

/* Why it is denied.  Where a policy has one attestor with one entry there is
 * nothing to be found by number, and the entry's sentence stands alone. */
static void
explain(struct policy_result *r)
{
	bool numbered = r->nattestors > 1 || r->attestors[0].nentries > 1;
	struct sentence s = { 0 };
	const char *between = "";

	for (size_t i = 0; i < r->nattestors; i++) {
		if (r->attestors[i].holds)
			continue;
		sentence_say(&s, "%s", between);
		if (numbered)
			sentence_say(&s, "attestors[%zu]: ", i);
		explain_attestor(&r->attestors[i], &s, &r->code);
		between = "; ";
	}
	if (r->code == ERR_NONE)
		r->code = ERR_INTERNAL;
	r->message = sentence_end(&s);
}

void
policy_evaluate(const struct policy *policy, const char *image_digest,
    const struct policy_findings *findings, size_t nfindings,
    struct policy_result *ret)
{
	bool hold = true;

	assert(policy != NULL && image_digest != NULL);
	*ret = (struct policy_result){ .policy = policy,
		.verdict = VERDICT_DENY,
		.nattestors = policy->nattestors };
	ret->attestors =
	    mem_zalloc(policy->nattestors * sizeof(*ret->attestors));
	for (size_t i = 0; i < policy->nattestors; i++) {
		const struct policy_attestor *a = &policy->attestors[i];

		evaluate_attestor(a, image_digest,
		    findings_for(a->repository, findings, nfindings),
		    &ret->attestors[i]);
		hold = hold && ret->attestors[i].holds;
	}
	if (hold)
		ret->verdict = VERDICT_ALLOW;
	else
		explain(ret);
}

void
policy_result_clear(struct policy_result *r)
{
	for (size_t i = 0; i < r->nattestors; i++) {
		struct policy_attestor_result *a = &r->attestors[i];

		for (size_t k = 0; k < a->nentries; k++)
			free(a->entries[k].message);
		free(a->entries);
	}
	free(r->attestors);
	free(r->message);
	*r = (struct policy_result){ 0 };
}

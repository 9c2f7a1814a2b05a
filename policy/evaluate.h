#ifndef POLICY_EVALUATE_H
#define POLICY_EVALUATE_H

#include "base/auto.h"
#include "base/err.h"
#include "policy/match.h"
#include "policy/model.h"
#include "signature/proof.h"

/*
 * From facts and proofs to a verdict.  Pure: no network, no crypto, no clock.
 */

/* A signature that was found and did not count, and the first reason why.  All
 * borrowed. */
struct policy_rejection {
	const char *source; /* proof_source of what might have been */
	const char *key;    /* fingerprint it was tried with; NULL: none */
	enum err_code code;
	const char *message;
};

/* What was established about one image for one place signatures live in. */
struct policy_findings {
	const char *repository; /* as policy_attestor.repository; may be NULL */
	size_t found;           /* signatures that stand there, good or bad */
	const struct proof_list *proofs;
	const struct policy_rejection *rejections;
	size_t nrejections;
};

struct policy_entry_result {
	const struct policy_entry *entry;
	bool holds;
	enum err_code code; /* ERR_NONE if it holds */
	char *
	    message; /* what it found: "signed by sha256:… (repo:sha256-….sig)",
			  or why not: "no matching signatures: …" */
};

struct policy_attestor_result {
	const struct policy_attestor *attestor;
	bool holds;
	struct policy_entry_result *entries;
	size_t nentries;
};

/* What one policy says of one pull. */
struct policy_result {
	const struct policy *policy;
	enum verdict verdict; /* DENY or ALLOW; what the action makes of a DENY
				 is the caller's */
	enum err_code code;   /* ERR_NONE, or why it is denied */
	char *message; /* why it is denied, one sentence, the same from run to
			  run: no times, no ids, lists sorted; NULL if allowed */
	struct policy_attestor_result *attestors;
	size_t nattestors;
};

void policy_result_clear(struct policy_result *r);
DEFINE_AUTO_INPLACE(policy_result, struct policy_result, policy_result_clear);

/*
 * Evaluate policy's attestors for the image with this digest.  Findings are
 * looked up by the attestor's repository; none for it means nothing was found
 * there.  Only proofs of kind PROOF_SIGNATURE for exactly image_digest count,
 * and the signatures of an entry's keys must carry the entry's annotations.
 * A policy without attestors allows (its reference rules were checked before).
 */
void policy_evaluate(const struct policy *policy, const char *image_digest,
    const struct policy_findings *findings, size_t nfindings,
    struct policy_result *ret);

#endif

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
	const char *demand; /* id of what it was asked; NULL: nothing */
	enum err_code code;
	const char *message;
};

/* What was established about one image for one place signatures live in. */
struct policy_findings {
	const char *repository; /* as policy_entry.repository; may be NULL */
	const struct err
	    *failed;  /* why the place could not be searched, or NULL */
	size_t found; /* signatures that stand there, good or bad */
	const struct proof_list *proofs;
	const struct policy_rejection *rejections;
	size_t nrejections;
};

/* Zero is not yes.  What could not be searched is unsure. */
enum policy_state { POLICY_FAILS, POLICY_HOLDS, POLICY_UNSURE };

struct policy_attestor_result;

struct policy_entry_result {
	const struct policy_entry *entry;
	enum policy_state state;
	enum err_code code; /* ERR_NONE if it holds */
	char *
	    message; /* what it found: "signed by sha256:… (repo:sha256-….sig)",
			  or why not: "no matching signatures: …"; NULL if nested */
	struct policy_attestor_result *nested; /* of a nested attestor */
};

struct policy_attestor_result {
	const struct policy_attestor *attestor; /* as it stands, not as meant */
	enum policy_state state;
	struct policy_entry_result *entries;
	size_t nentries;
};

/* Of attestors that must all hold. */
struct policy_attestors_result {
	enum policy_state state;
	struct policy_attestor_result *items;
	size_t n;
};

struct policy_attestation_result {
	const struct policy_attestation *attestation;
	enum policy_state state;
	struct policy_attestors_result attestors;
};

/* What one policy says of one pull. */
struct policy_result {
	const struct policy *policy;
	enum verdict verdict; /* DENY or ALLOW; what the action makes of a DENY
				 is the caller's */
	enum err_code code;   /* ERR_NONE, or why it is denied */
	char *message; /* why it is denied, one sentence, the same from run to
			  run: no times, no ids, lists sorted; NULL if allowed */
	struct policy_attestors_result attestors;
	struct policy_attestation_result *attestations;
	size_t nattestations;
};

void policy_result_clear(struct policy_result *r);
DEFINE_AUTO_INPLACE(policy_result, struct policy_result, policy_result_clear);

/*
 * Evaluate policy's attestors and attestations for the image with this digest;
 * ref is what is pulled.  Findings are looked up by the entry's repository;
 * none for it means nothing was found there.  Only proofs for exactly
 * image_digest count, of an entry's demands, by whom it means and with its
 * annotations; an
 * attestor counts those of PROOF_SIGNATURE, an attestation those of
 * PROOF_ATTESTATION and its type.  What could not be searched denies, with the
 * code of that failure, unless it makes no difference.  A policy without
 * attestors and attestations allows: its reference rules were checked before,
 * and its digests looked up (policy/digests.h).
 */
void policy_evaluate(const struct policy *policy, const struct reference *ref,
    const char *image_digest, const struct policy_findings *findings,
    size_t nfindings, struct policy_result *ret);

#endif

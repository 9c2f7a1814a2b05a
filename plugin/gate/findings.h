#ifndef GATE_FINDINGS_H
#define GATE_FINDINGS_H

#include "base/auto.h"
#include "gate/fetch.h"
#include "gate/ring.h"
#include "policy/evaluate.h"
#include "signature/proof.h"

/*
 * What the evidence of one pull proves, place by place: every signature that
 * stands there, asked everything that covering policies ask of that place.
 */
struct finding {
	struct proof_list proofs;
	const struct evidence_item **proved; /* whose proof each of them is */
	size_t proved_cap;
	struct policy_rejection *rejections; /* messages owned */
	size_t nrejections;
	size_t cap;
	struct err late; /* code ERR_NONE unless there was no time for all */
};

struct findings {
	struct finding *items; /* one for each place */
	struct policy_findings
	    *views; /* the same as policy_evaluate reads it */
	size_t n;
};

/* Everything borrowed must outlive *ret.  Once the budget is over no more is
 * verified, and the place counts as one that could not be searched. */
void findings_make(const struct ring *ring,
    const struct policy_matches *matches, const struct fetched *f,
    const struct budget *budget, struct findings *ret);

void findings_clear(struct findings *f);
DEFINE_AUTO_INPLACE(findings, struct findings, findings_clear);

#endif

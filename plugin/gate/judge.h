#ifndef GATE_JUDGE_H
#define GATE_JUDGE_H

#include "gate/fetch.h"
#include "gate/findings.h"
#include "gate/ticket.h"

/* What the policies say of a question: before anything is fetched, and after. */

/*
 * What is no reference, what no policy covers, and what the reference alone
 * decides.  True if the ticket's answer is made; false if signatures have to be
 * looked at.
 */
bool judge_request(struct gate_ticket *t, enum gate_unmatched unmatched);

/* The evidence is in, or why it is not: ask every policy and make the answer. */
void judge_evidence(struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings);

/* Would every policy that needs the evidence hold with it? */
bool judge_holds(const struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings);

#endif

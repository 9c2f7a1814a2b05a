#ifndef GATE_JUDGE_H
#define GATE_JUDGE_H

#include "gate/fetch.h"
#include "gate/findings.h"
#include "gate/ticket.h"

/* What the policies say of a question: before anything is fetched, and after. */

/*
 * What is no reference, what no policy covers, and what the reference and the
 * digests that are known decide.  True if the ticket's answer is made; false if
 * something has to be fetched.
 */
bool judge_request(struct gate_ticket *t);

/* The digest is known, or why it is not: what policies say of it alone. */
void judge_target(struct gate_ticket *t, const struct fetched *f);

/* The evidence is in: ask every policy and make the answer. */
void judge_evidence(struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings);

/* Would every policy that needs the evidence hold with it? */
bool judge_holds(const struct gate_ticket *t, const struct fetched *f,
    const struct findings *findings);

#endif

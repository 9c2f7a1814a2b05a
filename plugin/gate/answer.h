#ifndef GATE_ANSWER_H
#define GATE_ANSWER_H

#include "gate/ticket.h"

/*
 * From what each policy says to the one answer, in the words of the error
 * contract: "SignatureValidationFailed: …" for a refusal, "RegistryUnavailable:
 * …" where the evidence could not be had.  The kubelet turns these prefixes
 * into the pod's reason.
 */

/* Refuse with this text, which is taken over. */
void answer_refuse(struct gate_answer *a, enum err_code code, char *message);

/* Refuse for what the request itself is, before any policy is asked. */
void answer_refuse_image(struct gate_ticket *t, const struct err *e);

/* The ticket's outcomes, all of them in, make the verdict; what no policy covers
 * gets the one that was configured.  A policy that only denies covers nothing. */
void answer_decide(struct gate_ticket *t);

/* The Exemption that would turn a refusal of this ticket into an allowed, now;
 * NULL if there is none. */
const struct policy_exemption *answer_exemption(const struct gate_ticket *t);

/* It is refused and may be exempted, and would then go by a name alone: what the
 * name means has to be found out first. */
bool answer_wants_digest(const struct gate_ticket *t);

/* If the answer is a refusal that may be, and is, exempted: admit, and say so.
 * What is no reference and what is denied by its digest stays refused. */
void answer_exempt(struct gate_ticket *t);

/* Would these outcomes, or those known so far, refuse whatever comes? */
bool answer_is_refusal(const struct gate_ticket *t);

#endif

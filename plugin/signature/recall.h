#ifndef SIGNATURE_RECALL_H
#define SIGNATURE_RECALL_H

#include "signature/demand.h"
#include "signature/evidence.h"
#include "signature/proof.h"

/*
 * What the verifier said of evidence that is kept, so that it need not say it
 * again: proofs and reasons, which no policy has a part in.  What depends on
 * today's date is not remembered.  Safe between threads; it ends with the
 * evidence.
 */
#define RECALL_MAX 1024 /* answers for one image in one place */

/* 1 and a proof that the caller owns, or -1 and the reason, as sealed_verify()
 * gave them; 0 if it was not asked yet. */
int recall_get(struct evidence *ev, size_t item, const struct demand *d,
    struct proof **ret, struct err *e) MUST_CHECK;

/* proof: NULL if there was none, because of *e. */
void recall_note(struct evidence *ev, size_t item, const struct demand *d,
    struct proof *proof, const struct err *e);

/* For signature/evidence.c alone. */
struct recall;
struct recall *recall_new(void) __attribute__((returns_nonnull));
void recall_free(struct recall *r);

#endif

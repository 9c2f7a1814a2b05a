#ifndef POLICY_SIGNER_H
#define POLICY_SIGNER_H

#include "policy/evaluate.h"
#include "policy/reason.h"

/* Has one entry's signer signed?  Private to policy/. */

/* What is looked for. */
struct signer_question {
	const struct reference *ref; /* may be NULL where no entry asks */
	const char *image_digest;
	const char *type; /* predicate type of an attestation; NULL: a signature
			   */
};

/* "signed by sha256:… (repo:sha256-….sig)" if one of the proofs counts, of
 * several the first in the order of these texts; the caller frees it.  NULL if
 * none does, and why is in *r. */
char *signer_find(const struct policy_entry *entry,
    const struct signer_question *q, const struct policy_findings *f,
    struct reason *r);

#endif

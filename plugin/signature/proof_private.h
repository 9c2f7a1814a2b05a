#ifndef SIGNATURE_PROOF_PRIVATE_H
#define SIGNATURE_PROOF_PRIVATE_H

#include "signature/proof.h"

/*
 * How a proof is made.  Only signature/ includes this, and tests that need a
 * proof to show to the policy.
 */
struct proof_init {
	enum proof_kind kind;
	const char *format;
	const char *image_digest;
	const char *key;
	const char *source;
	const char *predicate_type;        /* may be NULL */
	const char *reference;             /* may be NULL */
	const struct str_map *annotations; /* may be NULL */
};

/* Copies everything. */
struct proof *proof_new(const struct proof_init *init)
    __attribute__((returns_nonnull));

#endif

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
	const char *demand;
	const char *source;

	/* All of these may be NULL or 0. */
	const char *certificate, *subject, *issuer;
	const struct str_map *extensions;
	const char *predicate_type, *predicate;
	const char *reference;
	const struct str_map *annotations;
	int64_t time;
	const char *log;
	bool logged, stamped;
};

/* Copies everything. */
struct proof *proof_new(const struct proof_init *init)
    __attribute__((returns_nonnull));

#endif

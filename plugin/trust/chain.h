#ifndef TRUST_CHAIN_H
#define TRUST_CHAIN_H

#include "trust/hash.h"
#include "trust/root.h"

/*
 * Certification paths (RFC 5280, 6.1), as far as Fulcio and private CAs of code
 * signers use them.  Nothing that comes with a signature is believed; `extra`
 * may only lead to somebody who is.
 */

/* Who issued a certificate: the SHA-256 of the issuer's SubjectPublicKeyInfo,
 * as SCTs name it. */
struct chain_issuer {
	uint8_t key_hash[SHA256_LEN];
};

/*
 * What a chain of CAs is believed for, made once.  Where each certificate issued
 * the one before it, as it may, they are all believed, so that a path ends at
 * the first; all of them must then be valid at the time that is asked about.
 */
struct chain_anchors;
struct chain_anchors *chain_anchors_new(const struct certificates *chain)
    __attribute__((returns_nonnull));
void chain_anchors_free(struct chain_anchors *a);

/* Did each certificate issue the one before it, as it may?  The first may be an
 * end entity's. */
bool chain_is_linked(const struct certificates *chain);

/*
 * Does a path lead from leaf to one of the authorities, whose window has t,
 * with every certificate of it valid at t and every CA of it allowed to issue
 * code signers?  extra may be NULL.  ERR_CERTIFICATE if not.
 */
int chain_verify(const struct certificate *leaf,
    const struct certificates *extra, const struct trust_authorities *cas,
    when t, struct chain_issuer *ret, struct err *e) MUST_CHECK;

#endif

#ifndef TRUST_KEY_H
#define TRUST_KEY_H

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * A public key and what may be verified with it.  The key decides the
 * algorithm; nothing that comes with a signature does.  Immutable once made, so
 * it may be shared between threads.
 */
struct key;

/*
 * From one PEM "PUBLIC KEY" block (SubjectPublicKeyInfo, RFC 5280): ECDSA on
 * P-256, P-384, P-521; RSA of 2048 to 4096 bits, by itself (PKCS#1 v1.5) or as
 * RSASSA-PSS with SHA-256; Ed25519.  Anything else is ERR_CONFIG with a sentence that says what it was.  Never quotes the input.
 */
int key_from_pem(struct slice pem, struct key **ret, struct err *e) MUST_CHECK;

/* The same from the SubjectPublicKeyInfo itself. */
int key_from_der(struct slice der, struct key **ret, struct err *e) MUST_CHECK;

/* From an RSAPublicKey in DER (RFC 8017, A.1.1); its fingerprint is that of
 * these bytes. */
int key_from_pkcs1(struct slice der, struct key **ret,
    struct err *e) MUST_CHECK;

/* "sha256:" and the SHA-256 of the SubjectPublicKeyInfo in DER; borrowed. */
const char *key_fingerprint(const struct key *key);

/* For people: "ECDSA P-256", "RSA 3072", "Ed25519"; borrowed. */
const char *key_kind(const struct key *key);

/*
 * Is sig this key's signature of msg?  0 is the only yes.  ECDSA signatures are
 * DER; RSA is PKCS#1 v1.5.  The hash follows the key (RSA and P-256: SHA-256;
 * P-384: SHA-384 or SHA-256; P-521: SHA-512 or SHA-256, since both are in use);
 * Ed25519 takes the pure and the pre-hashed form (RFC 8032 Ed25519 and
 * Ed25519ph with an empty context).  ERR_BAD_SIGNATURE if not.
 */
int key_verify(const struct key *key, struct slice msg, struct slice sig,
    struct err *e) MUST_CHECK;

/*
 * The same of a message of which only the SHA-256 is known.  Never yes for
 * Ed25519, which does not sign it.
 */
int key_verify_sha256(const struct key *key, const uint8_t digest[32],
    struct slice sig, struct err *e) MUST_CHECK;

/* Share it. */
struct key *key_ref(const struct key *key);
void key_free(struct key *key);
DEFINE_AUTO(key, struct key *, key_free);

#endif

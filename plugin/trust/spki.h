#ifndef TRUST_SPKI_H
#define TRUST_SPKI_H

#include <openssl/evp.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * SubjectPublicKeyInfo (RFC 5280 4.1, RFC 3279 2.3, RFC 5480, RFC 8410), the
 * few kinds of it that we take, in DER and nothing but DER.
 *
 * Read here by templates rather than by OpenSSL's decoders: those try every
 * encoding of every kind of key there is, which costs milliseconds and takes
 * more than we want to.
 */
enum spki_type { SPKI_NONE, SPKI_ECDSA, SPKI_RSA, SPKI_RSA_PSS, SPKI_ED25519 };

struct spki {
	enum spki_type type;
	int curve; /* ECDSA: NID of the named curve */
	EVP_PKEY *pkey;
	uint8_t raw[32]; /* Ed25519 */
};

/*
 * ERR_CONFIG, with what it was, for any other kind of key, for a curve that is
 * not named, and for what is no key.  On success the caller frees ret->pkey.
 */
int spki_read(struct slice der, struct spki *ret, struct err *e) MUST_CHECK;

/* The same of an RSAPublicKey by itself (RFC 8017, A.1.1), as old trusted roots
 * have them. */
int spki_read_pkcs1(struct slice der, struct spki *ret,
    struct err *e) MUST_CHECK;

#endif

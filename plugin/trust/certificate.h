#ifndef TRUST_CERTIFICATE_H
#define TRUST_CERTIFICATE_H

#include <openssl/x509.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/str.h"
#include "trust/key.h"
#include "trust/window.h"

/*
 * An X.509 certificate (RFC 5280).  Only what is DER and nothing but DER is
 * taken.  Immutable once made, so threads may share it.
 */
struct certificate;

#define CERTIFICATE_MAX  (64u << 10) /* bytes of one, in DER */
#define CERTIFICATES_MAX 32          /* of one chain, of one PEM text */

int certificate_from_der(struct slice der, struct certificate **ret,
    struct err *e) MUST_CHECK;

/* "sha256:" and the SHA-256 of its DER; borrowed, as all that is got here. */
const char *certificate_fingerprint(const struct certificate *c);
struct slice certificate_der(const struct certificate *c);
X509 *certificate_x509(const struct certificate *c);

/*
 * Its public key.  Read by certificate_read_key(), before others share it, since
 * most certificates only stand on the way; NULL before that, and where the key
 * is of a kind that we do not take.
 */
void certificate_read_key(struct certificate *c);
const struct key *certificate_key(const struct certificate *c);

/* Both ends inclusive. */
bool certificate_valid_at(const struct certificate *c, when t);
void certificate_window(const struct certificate *c, when *not_before,
    when *not_after);

/*
 * May it sign code as an end entity?  digitalSignature where there is a key
 * usage, codeSigning among the extended ones, which must be there, and no CA.
 */
int certificate_check_signs_code(const struct certificate *c,
    struct err *e) MUST_CHECK;

/* Does it say that it issued itself? */
bool certificate_is_self_signed(const struct certificate *c);

struct certificate *certificate_ref(struct certificate *c);
void certificate_free(struct certificate *c);
DEFINE_AUTO(certificate, struct certificate *, certificate_free);

/* Certificates in a row, owned. */
struct certificates {
	struct certificate **items;
	size_t n;
	size_t cap;
};

void certificates_own(struct certificates *list, struct certificate *c);

/* All "CERTIFICATE" blocks of a PEM text, in their order, at least one and at
 * most CERTIFICATES_MAX.  Other blocks are refused. */
int certificates_from_pem(const char *pem, struct certificates *ret,
    struct err *e) MUST_CHECK;
void certificates_clear(struct certificates *list);
DEFINE_AUTO_INPLACE(certificates, struct certificates, certificates_clear);

#endif

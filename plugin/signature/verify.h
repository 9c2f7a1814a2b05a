#ifndef SIGNATURE_VERIFY_H
#define SIGNATURE_VERIFY_H

#include "signature/demand.h"
#include "signature/proof.h"
#include "signature/sealed.h"

/* What a signature should be of. */
struct subject {
	const char *digest; /* "sha256:…", of the image or the artifact */
	const char *source; /* where the signature stood */
	when now;           /* for certificates that nothing dates */

	/* An artifact that is no image may be signed itself. */
	bool is_artifact;
	bool has_bytes;
	struct slice bytes;
	uint8_t sha256[SHA256_LEN];
};

/*
 * The one path by which a signature becomes a proof.  Is it good, made by whom
 * the demand names, and shown by what it asks for?  What was signed is parsed
 * only after that.  On failure *ret is untouched and e says the first thing that
 * stopped it: ERR_BAD_SIGNATURE (not this signer's), ERR_CERTIFICATE, ERR_TLOG,
 * ERR_TIMESTAMP, or, of a signature that was good, ERR_OTHER_IMAGE,
 * ERR_WRONG_TYPE, ERR_MALFORMED.
 */
int sealed_verify(const struct sealed *s, const struct demand *d,
    const struct subject *about, struct proof **ret, struct err *e) MUST_CHECK;

#endif

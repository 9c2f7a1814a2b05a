#ifndef SIGNATURE_DSSE_H
#define SIGNATURE_DSSE_H

#include "base/json.h"
#include "signature/format.h"

/*
 * DSSE envelopes (secure-systems-lab/dsse, protocol.md) around in-toto
 * statements (in-toto/attestation, spec/v1).
 */

/*
 * Take an envelope apart: ret->message becomes the pre-authentication encoding,
 * ret->signature the one signature.  None or several signatures, or a payload
 * that is no in-toto statement, are refused.
 */
int dsse_open(const struct json *envelope, struct sealed *ret,
    struct err *e) MUST_CHECK;

/*
 * Read a statement that was verified.  It must speak of this digest; its
 * predicate type says whether it is a signature or an attestation.
 */
int dsse_read(struct slice body, const char *image_digest,
    struct statement *ret, struct err *e) MUST_CHECK;

#endif

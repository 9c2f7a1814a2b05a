#ifndef SIGNATURE_SIGNATURE_H
#define SIGNATURE_SIGNATURE_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "signature/evidence.h"
#include "signature/proof.h"

struct key;
struct manifest;

/* A payload or a bundle may have this many bytes. */
#define SIGNATURE_BLOB_MAX (1u << 20)

/* Do we know how to read a signature layer of this media type? */
bool signature_format_known(const char *media_type);

/*
 * Check that the item is key's signature of the image with this digest.  The
 * payload is parsed only after the signature over it was found good.  On
 * success the caller owns *ret; on failure *ret is untouched and e says the
 * first thing that stopped it: ERR_BAD_SIGNATURE (not this key's), or, of a
 * signature that was good, ERR_OTHER_IMAGE, ERR_WRONG_TYPE, ERR_MALFORMED.
 */
int signature_verify(const struct evidence_item *item, const struct key *key,
    const char *image_digest, struct proof **ret, struct err *e) MUST_CHECK;

#endif

#ifndef SIGNATURE_SIGNATURE_H
#define SIGNATURE_SIGNATURE_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "signature/evidence.h"
#include "signature/sealed.h"

/* A payload or a bundle may have this many bytes. */
#define SIGNATURE_BLOB_MAX (1u << 20)

/* Do we know how to read a signature layer of this media type? */
bool signature_format_known(const char *media_type);

/*
 * Take an item apart; sealed_verify() (verify.h) then says what it proves.  *ret
 * borrows from the item.  ERR_UNSUPPORTED, ERR_LIMIT, ERR_MALFORMED,
 * ERR_WRONG_TYPE.
 */
int signature_open(const struct evidence_item *item, struct sealed *ret,
    struct err *e) MUST_CHECK;

#endif

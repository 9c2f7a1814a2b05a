#ifndef IMAGE_DIGEST_H
#define IMAGE_DIGEST_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"

/* "sha512:" and 128 hexadecimal digits and a NUL. */
#define DIGEST_TEXT_MAX 136

/*
 * Is it a digest as the OCI image specification writes it ("Digests"), of an
 * algorithm we can check: sha256 or sha512, with the whole length in lower-case
 * hexadecimal?
 */
bool digest_is_valid(const char *text);

/* SHA-256 of bytes as "sha256:…". */
void digest_of(struct slice bytes, char ret[DIGEST_TEXT_MAX]);

/*
 * Do the bytes have this digest?  ERR_DIGEST_MISMATCH if not, ERR_MALFORMED if
 * `want` is no valid digest.
 */
int digest_check(struct slice bytes, const char *want,
    struct err *e) MUST_CHECK;

/* The hexadecimal part, borrowed.  text is valid. */
const char *digest_hex(const char *text);

#endif

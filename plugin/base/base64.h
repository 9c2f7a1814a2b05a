#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * RFC 4648 section 4, strict: canonical padding, no white space, no stray bits.
 * Appends the decoded bytes to *ret (which carries its own limit); *ret is as
 * it was on failure.
 */
int base64_decode(struct slice text, struct buf *ret, struct err *e) MUST_CHECK;

/* A new string; the caller frees it. */
char *base64_encode(struct slice bytes) __attribute__((returns_nonnull));

/* Lower-case hexadecimal, a new string; the caller frees it. */
char *hex_encode(struct slice bytes) __attribute__((returns_nonnull));

#endif

#ifndef SIGNATURE_FIELDS_H
#define SIGNATURE_FIELDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* Members of bundles as proto3's JSON has them.  Private to signature/. */

/* Base64 of at least one byte, appended. */
int field_bytes(const struct json *object, const char *name, struct buf *ret,
    struct err *e) MUST_CHECK;

/* An int64: a decimal string or a number; 0 where it is missing. */
int field_int64(const struct json *object, const char *name, int64_t *ret,
    struct err *e) MUST_CHECK;

/* A list of at most max; a missing one is empty. */
int field_list(const struct json *object, const char *name, size_t max,
    const struct json **ret, size_t *n, struct err *e) MUST_CHECK;

#endif

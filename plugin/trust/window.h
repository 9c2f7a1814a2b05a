#ifndef TRUST_WINDOW_H
#define TRUST_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/rfc3339.h"

/* Seconds since 1970 in UTC; the time at which something was signed. */
typedef int64_t when;

/*
 * A stretch of time in which a key or an authority is in service; both ends
 * belong to it.  In milliseconds, since ends like "23:59:59.999Z" are usual.
 */
struct window {
	int64_t start_ms;
	int64_t end_ms; /* INT64_MAX: no end */
};

#define WINDOW_ALWAYS ((struct window){ INT64_MIN, INT64_MAX })

/* "2022-12-31T23:59:59Z". */
#define WHEN_TEXT_MAX RFC3339_TEXT_MAX
void when_text(when t, char ret[WHEN_TEXT_MAX]);

/* {"start": …, "end": …} (protobuf-specs, TimeRange).  A window without a start
 * is malformed. */
int window_read(const struct json *j, struct window *ret,
    struct err *e) MUST_CHECK;

/* Any instant of the second t. */
bool window_has(const struct window *w, when t);

#endif

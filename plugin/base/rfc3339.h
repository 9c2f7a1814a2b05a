#ifndef BASE_RFC3339_H
#define BASE_RFC3339_H

#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * Times as RFC 3339 writes them: "2022-12-31T23:59:59.999Z", "+02:00" in place
 * of "Z".
 */

/* Milliseconds since 1970; what is finer is cut.  ERR_MALFORMED for all that is
 * no such time, and for days and hours that there are not. */
int rfc3339_parse(const char *text, int64_t *ret_ms, struct err *e) MUST_CHECK;

/* Seconds since 1970 as "2022-12-31T23:59:59Z". */
#define RFC3339_TEXT_MAX 40
void rfc3339_text(int64_t seconds, char ret[RFC3339_TEXT_MAX]);

#endif

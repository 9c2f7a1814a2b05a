#ifndef BASE_REGEXP_H
#define BASE_REGEXP_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * The one door to PCRE2: the regular expressions that Go's regexp knows (RE2's
 * syntax), since policies are written for programs in Go.  What only Perl
 * knows, references back and looking around, is refused.  A match takes a
 * bounded number of steps.  Immutable once made; threads share it.
 */
#define REGEXP_LEN_MAX  1024
#define REGEXP_TEXT_MAX 8192

struct regexp;

/* whole: the expression must match the whole text, not only a part of it. */
int regexp_new(const char *pattern, bool whole, struct regexp **ret,
    struct err *e) MUST_CHECK;

/* A text that is too long, and a search that would take too long, match
 * nothing. */
bool regexp_matches(const struct regexp *r, const char *text);

/* Does the expression itself say where the text begins (^, \A) or ends ($, \z)
 * as a whole, so that it cannot match a mere part? */
bool regexp_is_anchored(const char *pattern);

void regexp_free(struct regexp *r);
DEFINE_AUTO(regexp, struct regexp *, regexp_free);

#endif

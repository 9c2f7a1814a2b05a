#ifndef POLICY_OPERATORS_H
#define POLICY_OPERATORS_H

#include <stdbool.h>

#include "policy/names.h"

/*
 * The patterns of Kyverno's validate rules, as far as they speak of images:
 * alternatives ("a | b") of terms that all hold ("a & b"), each a wildcard or
 * its negation ("!a").
 */

/* NULL if the pattern can be decided for an image, else a sentence that says
 * why not; the caller frees it. */
char *operators_check(const char *pattern);

/*
 * Does the reference as it was written hold?  What may not be ("!a") is looked
 * for in all spellings of it, since "nginx" and "docker.io/library/nginx" are
 * the same image.
 */
bool operators_hold(const char *pattern, const char *written,
    const struct names *spellings);

#endif

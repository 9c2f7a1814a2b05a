#ifndef POLICY_GLOB_H
#define POLICY_GLOB_H

#include <stdbool.h>

/*
 * Our own wildcards: '*' is any run without '/', '**' any run, '?' one
 * character that is no '/'.  Everything else is itself.  Linear in
 * strlen(pattern) * strlen(text), no recursion.
 */
bool glob_match(const char *pattern, const char *text);

#endif

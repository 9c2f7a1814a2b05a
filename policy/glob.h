#ifndef POLICY_GLOB_H
#define POLICY_GLOB_H

#include <stdbool.h>

/*
 * Wildcards.  Each matches the whole text, without recursion, in at most about
 * strlen(pattern) * strlen(text) steps.
 */

/* Ours, and sigstore's: '*' and '?' stay inside a path segment, two stars cross
 * segments. */
bool glob_match(const char *pattern, const char *text);

/* Kyverno's: '*' is any run of characters and '?' any one character, slashes
 * too. */
bool wildcard_match(const char *pattern, const char *text);

/* A scope of containers-policy.json(5), against "host/path:tag" or
 * "host/path@digest": the whole of it, or what it begins with up to a '/', ':'
 * or '@'; "*.example.com" means the hosts below example.com; "" everything. */
bool scope_match(const char *scope, const char *text);

#endif

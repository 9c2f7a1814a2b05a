#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

/*
 * Can this wildcard ever match?  One that cannot would leave images
 * uncovered in silence.  Each gives NULL if it can, else a sentence that says
 * why not and what to write instead; the caller frees it.
 */
#define PATTERN_LEN_MAX 1024

/* Against normalised references (image/reference.h). */
char *pattern_check_image(const char *glob);
/* Kyverno's, which must be plain text. */
char *pattern_check_kyverno(const char *wildcard);
/* Scopes of policy.json. */
char *pattern_check_scope(const char *scope);

/* Globs of sigstore's policy-controller. */
char *pattern_check_sigstore(const char *glob);
char *pattern_check_namespace(const char *glob);
char *pattern_check_pod(const char *glob);
char *pattern_check_tag(const char *glob);

#endif

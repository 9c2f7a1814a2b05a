#ifndef GATE_BUNDLE_H
#define GATE_BUNDLE_H

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"

/*
 * One bundle in a file, by itself: is it a signature of this artifact by that
 * key or identity?  No registry and no policy; the same verifier.
 */
struct bundle_question {
	const char *bundle;       /* path */
	const char *key;          /* path of a PEM file; NULL: keyless */
	const char *identity;     /* whom the certificate must name, exactly */
	const char *issuer;       /* and who must vouch for that */
	const char *trusted_root; /* path; NULL: the built-in one */
	const char *artifact;     /* path, or "sha256:…" */
};

/* 0 if it is; *ret, which the caller owns, then says who signed what and when
 * (gate/report.h).  A log must have the signature, and an identity's certificate
 * be in a certificate transparency log. */
int bundle_check(const struct bundle_question *q, struct json **ret,
    struct err *e) MUST_CHECK;

#endif

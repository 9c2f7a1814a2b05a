#ifndef GATE_INSPECT_H
#define GATE_INSPECT_H

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "registry/registry.h"

/* What a registry holds for an image, whatever policies say. */
struct inspect_question {
	const char *image;        /* as typed */
	const char *repository;   /* where signatures are; NULL: beside it */
	const char *key;          /* path of a PEM file to try; or NULL */
	const char *trusted_root; /* path; NULL: the built-in one */
};

/*
 * Every signature and attestation that is found, the older forms and bundles:
 * {"image", "digest", "mediaType", "size", "signatures": [{"source",
 * "mediaType", "digest", "format", "verified", "claims", …}]}.  What is verified
 * under the root, or by the key, is told as gate/report.h does; of the others
 * why not, and what they say of themselves.  -1 if it cannot be asked for.
 */
int inspect_image(const struct inspect_question *q, struct registry *registry,
    struct json **ret, struct err *e) MUST_CHECK;

#endif

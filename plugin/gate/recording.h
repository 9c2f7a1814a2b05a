#ifndef GATE_RECORDING_H
#define GATE_RECORDING_H

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "gate/fetch.h"
#include "image/reference.h"

/*
 * What was fetched for one pull, written down, so that policies can be asked
 * again without a registry:
 *
 *   {"pullgateEvidence": 1, "image": "name:tag",
 *    "target": {"mediaType", "digest", "size"},
 *    "places": [{"repository": null | "…", "items": [{"source", "mediaType",
 *                "digest", "annotations": {…}, "blob": base64}]}]}
 *
 * A place that could not be searched, and an image that was not found, are not
 * written down.  Blobs are checked against their digests when it is read, as
 * those of a registry are.
 */
#define RECORDING_SIZE_MAX (16u << 20)

struct json *recording_make(const struct reference *ref,
    const struct fetched *f) __attribute__((returns_nonnull));

/* Fill *f, whose places are set.  A place that was not recorded gets an error
 * in its own err, as an image of another name does in f->err.  -1 if the
 * recording is none. */
int recording_read(const struct json *recording, const struct reference *ref,
    struct fetched *f, struct err *e) MUST_CHECK;

#endif

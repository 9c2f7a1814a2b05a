#ifndef GATE_EVIDENCE_JSON_H
#define GATE_EVIDENCE_JSON_H

#include "base/err.h"
#include "base/json.h"
#include "image/manifest.h"
#include "signature/evidence.h"

/* Evidence as JSON, and read again: every blob is checked against its digest. */

/* [{"source", "mediaType", "digest", "annotations", "blob"|"skipped"}]. */
struct json *evidence_items_json(const struct evidence *ev)
    __attribute__((returns_nonnull));
int evidence_items_read(const struct json *items, const char *image_digest,
    struct evidence **ret, struct err *e) MUST_CHECK;

/* {"mediaType", "digest", "size"}: what the evidence is of. */
struct json *evidence_target_json(const struct descriptor *target)
    __attribute__((returns_nonnull));
int evidence_target_read(const struct json *j, struct descriptor *ret,
    struct err *e) MUST_CHECK;

#endif

#ifndef SIGNATURE_EVIDENCE_H
#define SIGNATURE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/slice.h"
#include "base/str.h"

/*
 * What a registry served as signatures of one image digest, before anybody
 * believed any of it.  Filled by registry/signatures.c, read by
 * signature/signature.c.  Every blob has been checked against the digest in its
 * descriptor.  Immutable once filled; reference-counted, so that pulls of the
 * same image share it.
 */
struct evidence_item {
	char *
	    source; /* where it stood: "repo:sha256-….sig" or "repo@sha256:…" */
	char *media_type; /* of the layer */
	char *blob_digest;
	struct slice blob; /* the layer's bytes; owned by the evidence */
	struct str_map annotations; /* of the layer's descriptor */
	char *skipped;              /* NULL, or why the blob was not fetched */
};

struct recall;

struct evidence {
	char *image_digest;
	struct evidence_item *items;
	size_t n;
	size_t cap;
	struct recall *recall; /* what was said of it (signature/recall.h) */
	int refs;              /* by evidence_ref/unref only */
};

/* Signature layers an image may have, over all places they are found in. */
#define EVIDENCE_ITEMS_MAX 128

struct evidence *evidence_new(const char *image_digest)
    __attribute__((returns_nonnull));

/* Add an empty item and give it to be filled.  n < EVIDENCE_ITEMS_MAX. */
struct evidence_item *evidence_add(struct evidence *ev);

/* Thread-safe.  unref of the last one frees; NULL is fine. */
struct evidence *evidence_ref(struct evidence *ev);
void evidence_unref(struct evidence *ev);
DEFINE_AUTO(evidence, struct evidence *, evidence_unref);

#endif

#ifndef SIGNATURE_ATTACHED_H
#define SIGNATURE_ATTACHED_H

#include "signature/sealed.h"

/*
 * What cosign's older forms keep in annotations of the layer beside the
 * signature: certificate, chain, log entry, timestamp (cosign
 * specs/SIGNATURE_SPEC.md; the names are those that the program uses).
 */
int attached_read(const struct evidence_item *item, struct sealed *ret,
    struct err *e) MUST_CHECK;

#endif

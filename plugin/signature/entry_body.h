#ifndef SIGNATURE_ENTRY_BODY_H
#define SIGNATURE_ENTRY_BODY_H

#include "signature/sealed.h"
#include "signature/verify.h"

/*
 * What a log entry records, compared field by field with the signature it came
 * with: the hash of what was signed, the signature, and who made it
 * (sigstore/rekor, pkg/types; sigstore/rekor-tiles).  An entry of something
 * else shows nothing.
 */

/* Is it an entry of Rekor v2, by its own word?  The body is JSON of a kind that
 * is known, else ERR_TLOG. */
int entry_body_generation(const struct log_entry *entry, bool *of_tiles,
    struct err *e) MUST_CHECK;

/* by: who made the signature; the certificate if one did, else the key. */
int entry_body_check(const struct log_entry *entry, const struct sealed *s,
    const struct subject *about, const struct key *key,
    const struct certificate *by, struct err *e) MUST_CHECK;

#endif

#ifndef SIGNATURE_ENTRY_BODY_H
#define SIGNATURE_ENTRY_BODY_H

#include "base/json.h"
#include "signature/sealed.h"
#include "signature/verify.h"

/*
 * What a log entry records, compared field by field with the signature it came
 * with: the hash of what was signed, the signature, and who made it
 * (sigstore/rekor, pkg/types; sigstore/rekor-tiles).  An entry of something
 * else shows nothing.
 */

/* A body that was read.  Borrows from the entry. */
struct entry_body {
	struct json *json;
	const struct entry_kind *kind;
	bool of_tiles; /* of Rekor v2, by its own word */
};

/* JSON of a kind that is known, and the one that the entry names; else
 * ERR_TLOG. */
int entry_body_read(const struct log_entry *entry, struct entry_body *ret,
    struct err *e) MUST_CHECK;
void entry_body_clear(struct entry_body *b);
DEFINE_AUTO_INPLACE(entry_body, struct entry_body, entry_body_clear);

/* by: who made the signature; the certificate if one did, else the key. */
int entry_body_check(const struct entry_body *body, const struct sealed *s,
    const struct subject *about, const struct key *key,
    const struct certificate *by, struct err *e) MUST_CHECK;

#endif

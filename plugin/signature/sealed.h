#ifndef SIGNATURE_SEALED_H
#define SIGNATURE_SEALED_H

#include "base/auto.h"
#include "base/buf.h"
#include "signature/evidence.h"
#include "trust/certificate.h"
#include "trust/log.h"

/*
 * A signature taken apart, whatever it was written down as: the one shape that
 * is verified (verify.h).  Nobody vouches for any of it yet.
 */
struct sig_format;

/* A signature has no more of either. */
#define SEALED_ENTRIES_MAX    32
#define SEALED_TIMESTAMPS_MAX 32

struct sealed {
	const struct sig_format *format;

	struct buf message; /* the bytes that were signed */
	struct buf signature;
	size_t content_at; /* where in the message what is read begins */
	bool detached;     /* the message is an artifact that is elsewhere */

	bool is_dsse;
	struct slice envelope; /* the bytes of a DSSE envelope as it was stored
				  and logged, borrowed from the item; empty:
				  not known.  Timestamps are over it, else over
				  the signature. */

	bool names_key; /* says that a key made it, not a certificate */
	struct certificate *certificate; /* of who made it; or NULL */
	struct certificates chain;       /* what came with it */

	bool needs_promise, needs_proof; /* of every log entry */
	struct log_entry *entries;
	size_t nentries;
	struct buf *timestamps; /* RFC 3161, DER */
	size_t ntimestamps;
};

/* Room for n, all empty. */
void sealed_make_entries(struct sealed *s, size_t n);
void sealed_make_timestamps(struct sealed *s, size_t n);

void sealed_clear(struct sealed *s);
DEFINE_AUTO_INPLACE(sealed, struct sealed, sealed_clear);

#endif

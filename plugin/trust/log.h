#ifndef TRUST_LOG_H
#define TRUST_LOG_H

#include "base/buf.h"
#include "trust/merkle.h"
#include "trust/root.h"

/*
 * Entries of Rekor: what shows that a log has one.  What stands in an entry is
 * compared by signature/entry_body.h.
 */
struct log_entry {
	uint8_t log_id[32];
	int64_t index;           /* in the whole log */
	int64_t integrated_time; /* 0: none */
	char *kind, *version;    /* of the body, as the entry says */
	struct buf body;         /* canonicalized */
	struct buf promise;      /* SET; empty: none */
	bool has_proof;
	int64_t proof_index, proof_size;
	uint8_t proof_root[SHA256_LEN];
	uint8_t (*path)[SHA256_LEN];
	size_t npath;
	char *checkpoint; /* or NULL */
};

void log_entry_clear(struct log_entry *entry);

/* What was shown. */
struct log_seen {
	const struct trust_log *log;
	bool promised, included;
	bool timed; /* only a promise vouches for the time */
	when time;
};

/*
 * The log's promise to include the entry (SET), the proof that it did with a
 * checkpoint that it signed, or both; what is there must be good, and one of
 * them must be there.  of_tiles: an entry of Rekor v2, which only has proofs.
 * ERR_TLOG if not; ERR_NOT_FOUND if no log of that id is trusted.
 */
int log_verify(const struct trust_logs *logs, const struct log_entry *entry,
    bool of_tiles, struct log_seen *ret, struct err *e) MUST_CHECK;

#endif

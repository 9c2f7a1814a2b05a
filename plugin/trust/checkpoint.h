#ifndef TRUST_CHECKPOINT_H
#define TRUST_CHECKPOINT_H

#include "trust/hash.h"
#include "trust/root.h"

/*
 * Checkpoints of logs: signed notes (c2sp.org/signed-note, tlog-checkpoint).
 */
#define CHECKPOINT_MAX (64u << 10)

struct checkpoint {
	uint64_t size;
	uint8_t root[SHA256_LEN];
};

/*
 * Read one, and see that the log signed it.  Lines of signatures by others,
 * witnesses for example, are passed over.  named: the note's origin and the
 * line's name must be the log's (as logs of tiles sign).  ERR_TLOG.
 */
int checkpoint_verify(const char *note, const struct trust_log *log, bool named,
    struct checkpoint *ret, struct err *e) MUST_CHECK;

#endif

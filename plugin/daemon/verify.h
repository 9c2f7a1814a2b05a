#ifndef DAEMON_VERIFY_H
#define DAEMON_VERIFY_H

#include "daemon/audit.h"
#include "gate/gate.h"

/*
 * A question of another process ({"op":"verify", "image", "digest"}): asked of
 * the daemon's gate, written down as every decision is.  {"verdict": "allowed"
 * or "refused", "message"}, or {"error"}.
 */
struct json *verify_answer(struct gate *gate, struct audit *audit,
    const struct json *question) __attribute__((returns_nonnull));

#endif

#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

#include "daemon/config.h"
#include "daemon/recent.h"

/* How a daemon is, for {"op":"status"} (daemon/control.h). */
struct status_of {
	const struct config *config;
	struct cri_server *server;
	struct recent *recent;
	size_t policies, enforced; /* in force; with `action: enforce` */
	bool reload_failed;
	int64_t started; /* seconds since 1970 */
};

/*
 * {"version", "started", "listen", "runtime": {"socket", "problem", "name",
 * "version"}, "gates", "unmatched", "presence", "checkpoints", "policies":
 * {"paths", "count", "enforced", "reloadFailed"}, "cache": {"dir", "ttl", "offline",
 * "size"}, "metrics", "decisions", "warnings"}.
 */
struct json *status_json(const struct status_of *s)
    __attribute__((returns_nonnull));

#endif

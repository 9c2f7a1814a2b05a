#ifndef DAEMON_MONITOR_H
#define DAEMON_MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "daemon/endpoint.h"

/*
 * The only libmicrohttpd: /metrics for Prometheus, /healthz and /readyz as
 * Kubernetes' own components have them (with ?verbose each check is listed).
 * One thread of its own.  It answers GET and HEAD and reads no body.
 */
struct monitor;

/* One thing that has to be well.  NULL: it is; else a sentence that the caller
 * does not free.  Called on the monitor's thread. */
struct monitor_check {
	const char *name;
	const char *(*problem)(void *arg);
	void *arg;
};

#define MONITOR_CHECKS_MAX 4

struct monitor_settings {
	const struct endpoint *endpoint;
	struct monitor_check live[MONITOR_CHECKS_MAX]; /* /healthz */
	struct monitor_check
	    ready[MONITOR_CHECKS_MAX]; /* /readyz, after those */

	/* Before /metrics is printed: note what is not counted as it happens.
	 */
	void (*collect)(void *arg);
	void *arg;
};

/* settings are copied, the endpoint is borrowed. */
int monitor_start(const struct monitor_settings *settings, struct monitor **ret,
    struct err *e) MUST_CHECK;

/* Takes NULL. */
void monitor_stop(struct monitor *m);

#endif

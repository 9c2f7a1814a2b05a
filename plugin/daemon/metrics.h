#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stdbool.h>
#include <stddef.h>

/* What the daemon itself tells Prometheus. */

/* Once, at start. */
void metrics_begin(void);

/* A set of policies was loaded and is in force, or was not taken. */
void metrics_policies(size_t n);
void metrics_reload(bool taken);

/* What the kernel knows of the process, under the names that Prometheus'
 * clients agree on; before each scrape. */
void metrics_collect(void);

#endif

#ifndef DAEMON_WATCHDOG_H
#define DAEMON_WATCHDOG_H

#include <stdbool.h>

/*
 * The service manager's watchdog (WatchdogSec=, sd_watchdog_enabled(3)): a
 * thread of its own tells the manager that we work as long as works() says so;
 * when it no longer does, the manager restarts us.
 */
struct watchdog;

/* NULL if the manager does not ask for it.  works() is called on the watchdog's
 * thread and must not wait. */
struct watchdog *watchdog_start(bool (*works)(void *arg), void *arg);

/* Takes NULL. */
void watchdog_stop(struct watchdog *w);

#endif

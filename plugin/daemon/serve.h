#ifndef DAEMON_SERVE_H
#define DAEMON_SERVE_H

#include "daemon/config.h"

/*
 * Run the proxy until SIGTERM or SIGINT.  The policies are loaded anew, whole or
 * not at all, when their files change and on SIGHUP, which also opens the audit
 * file anew.  Returns the process's exit code: 0, or 2 for a configuration that
 * cannot be run.
 */
int daemon_serve(const struct config *config);

#endif

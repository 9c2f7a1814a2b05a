#ifndef DAEMON_ACTIVATION_H
#define DAEMON_ACTIVATION_H

#include "base/auto.h"
#include "base/err.h"

/*
 * The socket that the service manager listens on for us (sd_listen_fds(3)): it
 * stays open while we restart, so that no attempt to connect is lost.
 *
 * *ret becomes its descriptor, which the caller closes, or -1 if the manager
 * gave none.  ERR_CONFIG for more than one, or one that is no listening Unix
 * stream socket.  Call once, before threads: it clears the environment.
 */
int activation_take(int *ret, struct err *e) MUST_CHECK;

#endif

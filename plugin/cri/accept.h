#ifndef CRI_ACCEPT_H
#define CRI_ACCEPT_H

#include <pthread.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * The listening socket and the thread that accepts on it.  gRPC's own listener
 * would unlink whatever stands at the path, a live daemon's socket included, so
 * the socket is ours and only connections are handed over.
 */
struct acceptor {
	int fd;
	int wake; /* eventfd that ends the thread */
	char *path;
	pthread_t thread;
	void (*connected)(void *arg, int fd); /* takes fd over */
	void *arg;
};

/* Mode of the socket: its owner and group may connect. */
#define ACCEPT_MODE 0660

/* Bind and start.  ERR_CONFIG if somebody answers at the path. */
int acceptor_start(struct acceptor *a, const char *path,
    struct err *e) MUST_CHECK;

/* End the thread, close, and remove the socket file if it is still ours. */
void acceptor_stop(struct acceptor *a);

#endif

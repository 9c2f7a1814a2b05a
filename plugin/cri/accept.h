#ifndef CRI_ACCEPT_H
#define CRI_ACCEPT_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * The listening socket and the thread that accepts on it.  gRPC's own listener
 * would unlink whatever stands at the path, a live daemon's socket included, so
 * the socket is ours and only connections are handed over: those whose client
 * has sent the HTTP/2 preface (RFC 9113, section 3.4).  Until then a client
 * costs a descriptor and nothing else, and that for a bounded time.
 */
struct accept_settings {
	int fd;           /* a socket that listens already; below 0: bind */
	const char *path; /* where to bind */
	uid_t uid;        /* of the file; (uid_t)-1: as it comes */
	gid_t gid;
	unsigned connections_max; /* open at once; more wait to be accepted */
	int64_t handshake_ms;     /* how long a client may say nothing */

	/* A connection is ready; takes fd over.  On the acceptor's thread. */
	void (*connected)(void *arg, int fd);
	void *arg;
};

struct connection;

/* Connections of one kind, the oldest first. */
struct connection_list {
	struct connection *first, **last;
};

struct acceptor {
	struct accept_settings settings;
	char *path; /* ours to remove; NULL: the socket was inherited */
	int fd;
	int epoll;
	int wake; /* eventfd that ends the thread */
	pthread_t thread;
	bool started; /* between start and stop */
	bool running;

	/* The thread's own from here on. */
	bool stopping;
	unsigned count;
	bool full; /* not accepting, since the bound is reached */
	struct connection_list silent, open;
};

/* Mode of the socket: its owner and group may connect. */
#define ACCEPT_MODE 0660

/* Bind, unless a socket is given, and start.  settings->path is copied. */
int acceptor_start(struct acceptor *a, const struct accept_settings *settings,
    struct err *e) MUST_CHECK;

/* End the thread, close, and remove the socket file if it is still ours.  What
 * was handed over stays open; an inherited socket goes on listening for whoever
 * else holds it.  Nothing for an acceptor that is all zeros. */
void acceptor_stop(struct acceptor *a);

#endif

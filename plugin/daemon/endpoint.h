#ifndef DAEMON_ENDPOINT_H
#define DAEMON_ENDPOINT_H

#include <sys/socket.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * Where metrics are offered: a Unix socket or a port on loopback.  They name
 * images and registries and ask for no password, so the network is refused.
 */
struct endpoint {
	char *path; /* of a Unix socket; NULL: the address */
	struct sockaddr_storage address;
	socklen_t len;
};

/* "unix:///run/pullgate/metrics.sock", "127.0.0.1:9461", "[::1]:9461" or
 * "localhost:9461".  ERR_CONFIG for all else. */
int endpoint_parse(const char *text, struct endpoint *ret,
    struct err *e) MUST_CHECK;

/* Bind and listen; the caller closes *ret, and calls endpoint_remove() then. */
int endpoint_listen(const struct endpoint *at, int *ret,
    struct err *e) MUST_CHECK;
void endpoint_remove(const struct endpoint *at);

void endpoint_clear(struct endpoint *at);
DEFINE_AUTO_INPLACE(endpoint, struct endpoint, endpoint_clear);

#endif

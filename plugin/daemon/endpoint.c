/* Addresses that only this machine reaches. */
#include "daemon/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/unixsock.h"

#define ENDPOINT_MODE 0660

static int
bad(const char *text, struct err *e)
{
	return err_set(e, ERR_CONFIG,
	    "\"%.200s\" is no address on this machine: write 127.0.0.1:PORT, [::1]:PORT, localhost:PORT or unix:///path",
	    text);
}

static int
port_of(const char *text, in_port_t *ret)
{
	size_t len = strspn(text, "0123456789");
	long port;

	if (len == 0 || len > 5 || text[len] != '\0')
		return -1;
	port = strtol(text, NULL, 10);
	if (port < 1 || port > 65535)
		return -1;
	*ret = htons((uint16_t)port);
	return 0;
}

/* The host is one of a few; names are not looked up. */
static int
set_address(const char *host, in_port_t port, struct endpoint *at)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };

	if (strcmp(host, "[::1]") == 0) {
		v6.sin6_addr = in6addr_loopback;
		memcpy(&at->address, &v6, sizeof(v6));
		at->len = sizeof(v6);
		return 0;
	}
	if (inet_pton(AF_INET,
		strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
		&v4.sin_addr) != 1 ||
	    ntohl(v4.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return -1;
	memcpy(&at->address, &v4, sizeof(v4));
	at->len = sizeof(v4);
	return 0;
}

int
endpoint_parse(const char *text, struct endpoint *ret, struct err *e)
{
	const char *colon = strrchr(text, ':');
	struct endpoint at = { 0 };
	AUTO(str) char *host = NULL;
	in_port_t port;

	if (str_starts(text, "unix:") || text[0] == '/') {
		if (unixsock_path(text, &at.path, e) < 0)
			return -1;
	} else {
		if (colon == NULL || port_of(colon + 1, &port) < 0)
			return bad(text, e);
		host = mem_strndup(text, (size_t)(colon - text));
		if (set_address(host, port, &at) < 0)
			return bad(text, e);
	}
	*ret = at;
	return 0;
}

static int
listen_tcp(const struct endpoint *at, int *ret, struct err *e)
{
	AUTO(fd)
	int fd = socket(at->address.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0)
		return err_errno(e, errno, "metrics: socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&at->address, at->len) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return err_errno(e, errno, "metrics: cannot listen");
	*ret = fd;
	fd = -1;
	return 0;
}

int
endpoint_listen(const struct endpoint *at, int *ret, struct err *e)
{
	struct unixsock sock = { .path = at->path,
		.mode = ENDPOINT_MODE,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1 };

	if (at->path == NULL)
		return listen_tcp(at, ret, e);
	if (unixsock_listen(&sock, ret, e) < 0)
		return err_wrap(e, "metrics");
	return 0;
}

void
endpoint_remove(const struct endpoint *at)
{
	if (at->path != NULL)
		unixsock_remove(at->path);
}

void
endpoint_clear(struct endpoint *at)
{
	free(at->path);
	*at = (struct endpoint){ 0 };
}

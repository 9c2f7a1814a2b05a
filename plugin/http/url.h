#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"

/* An absolute http or https URL, taken apart by libcurl's parser (RFC 3986). */
struct url {
	char *text;   /* normalised, without user, password or fragment */
	char *scheme; /* "http" or "https" */
	char *host;   /* lower-case, IPv6 in brackets */
	char *port;   /* always there */
};

/* ERR_REGISTRY for anything else, and for a URL with a user in it. */
int url_parse(const char *text, struct url *ret, struct err *e) MUST_CHECK;

/* The same against a base: what a Location header says. */
int url_resolve(const struct url *base, const char *location, struct url *ret,
    struct err *e) MUST_CHECK;

/* Same scheme, host and port? */
bool url_same_origin(const struct url *a, const struct url *b);

/* Does the host ("127.0.0.1:5000", "localhost", "[::1]:5000") name this very
 * machine's loopback? */
bool url_host_is_loopback(const char *host);

/* The text as it may stand in a query (RFC 3986); the caller frees it. */
char *url_escape(const char *text) __attribute__((returns_nonnull));

void url_clear(struct url *u);
DEFINE_AUTO_INPLACE(url, struct url, url_clear);

#endif

#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/budget.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * The only libcurl: bounded requests with a deadline, over connections that are
 * kept.  A client belongs to one thread at a time.  HTTP(S)_PROXY and NO_PROXY
 * are honoured as everywhere; loopback is never asked for through a proxy.
 */
#define HTTP_REDIRECTS_MAX 5
#define HTTP_HEADER_MAX    (64u << 10) /* all header lines of one answer */

struct http_client;

struct http_client *http_client_new(void) __attribute__((returns_nonnull));
void http_client_free(struct http_client *c);
DEFINE_AUTO(http_client, struct http_client *, http_client_free);

struct http_request {
	const char *method; /* "GET" or "HEAD" or "POST" */
	const char *url;    /* http:// or https:// */
	const char *accept; /* may be NULL */
	/* "Bearer …" or "Basic …", may be NULL.  Dropped on a redirect to
	 * another scheme, host or port; never logged. */
	const char *authorization;
	const char *ca_file; /* NULL: $SSL_CERT_FILE, or the system's roots */
	const char
	    *form_body; /* POST only, application/x-www-form-urlencoded */
	size_t body_max;
};

struct http_response {
	long status;  /* of the last answer, redirects followed */
	bool foreign; /* a redirect led to another host, which gave it */
	struct buf body;
	struct str_map headers; /* names in lower case; repeated ones joined
				   with ", " */
};

void http_response_clear(struct http_response *r);
DEFINE_AUTO_INPLACE(http_response, struct http_response, http_response_clear);

/*
 * One request, redirects included (HTTP_REDIRECTS_MAX; never from https to
 * http).  0 means that an answer arrived, whatever its status.  Errors:
 * ERR_REGISTRY (could not connect, TLS, cut off), ERR_TIMEOUT, ERR_CANCELED,
 * ERR_LIMIT (body over body_max, headers, redirects, the budget).  Messages
 * name host and cause, never query strings or credentials.
 */
int http_do(struct http_client *c, const struct http_request *req,
    struct budget *budget, struct http_response *ret, struct err *e) MUST_CHECK;

#endif

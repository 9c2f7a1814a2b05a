/*
 * Bounded requests over libcurl.  Each client has a multi handle of its own:
 * its connections are kept in it, and waiting on it can be broken off as soon
 * as the budget is over or the client who asked is gone.
 */
#include "http/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/count.h"
#include "http/url.h"

/* How late a cancellation may be noticed. */
#define POLL_MS            50
#define CONNECT_TIMEOUT_MS 5000
#define CONNECTIONS_MAX    16
#define AUTHORIZATION_MAX  (128u << 10)

struct http_client {
	CURLM *multi;
	CURL *easy;
};

/* One exchange: a request and its answer, no redirects. */
struct exchange {
	struct budget *budget;
	struct http_response *response;
	size_t header_bytes;
	struct err *e;
	bool failed; /* e says why we broke it off ourselves */
};

DEFINE_AUTO(slist, struct curl_slist *, curl_slist_free_all);

static void
global_init(void)
{
	(void)curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_alloc, free,
	    mem_realloc, mem_strdup, mem_calloc);
}

struct http_client *
http_client_new(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_client *c = MEM_NEW(struct http_client);

	(void)pthread_once(&once, global_init);
	c->multi = curl_multi_init();
	c->easy = curl_easy_init();
	(void)curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS,
	    (long)CONNECTIONS_MAX);
	return c;
}

void
http_client_free(struct http_client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->easy);
	(void)curl_multi_cleanup(c->multi);
	free(c);
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t len = size * n;

	if (budget_spend(x->budget, len, x->e) < 0) {
		x->failed = true;
		return 0;
	}
	if (buf_append(&x->response->body, data, len) < 0) {
		(void)err_set(x->e, ERR_LIMIT,
		    "answer is larger than %zu bytes", x->response->body.max);
		x->failed = true;
		return 0;
	}
	return len;
}

/* "Name: value" into the map; repeated headers are one list (RFC 9110 5.3). */
static void
keep_header(struct str_map *headers, const char *line, size_t len)
{
	AUTO(str) char *text = mem_strndup(line, len);
	AUTO(str) char *joined = NULL;
	char *colon = strchr(text, ':'), *value;
	const char *before;

	if (colon == NULL)
		return;
	*colon = '\0';
	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	value = colon + 1 + strspn(colon + 1, " \t");
	value[strcspn(value, "\r\n")] = '\0';
	before = str_map_get(headers, text);
	if (before != NULL)
		joined = str_printf("%s, %s", before, value);
	str_map_set(headers, text, joined == NULL ? value : joined);
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t len = size * n;

	x->header_bytes += len;
	if (x->header_bytes > HTTP_HEADER_MAX) {
		(void)err_set(x->e, ERR_LIMIT,
		    "answer has more than %u KiB of headers",
		    HTTP_HEADER_MAX >> 10);
		x->failed = true;
		return 0;
	}
	/* A status line begins an answer; what an informational one or a
	 * proxy's CONNECT brought before is gone. */
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
		str_map_clear(&x->response->headers);
	else
		keep_header(&x->response->headers, data, len);
	return len;
}

/* The same sentence for the same trouble, whatever libcurl's buffers say. */
static int
curl_error(CURLcode code, const struct url *url, struct err *e)
{
	static const struct {
		CURLcode code;
		const char *text;
	} texts[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "host name cannot be resolved" },
		{ CURLE_COULDNT_RESOLVE_PROXY,
		    "proxy's host name cannot be resolved" },
		{ CURLE_COULDNT_CONNECT, "connection refused" },
		{ CURLE_OPERATION_TIMEDOUT, "connection timed out" },
		{ CURLE_PEER_FAILED_VERIFICATION,
		    "TLS certificate is not trusted" },
		{ CURLE_SSL_CONNECT_ERROR, "TLS handshake failed" },
		{ CURLE_SSL_CACERT_BADFILE, "CA file cannot be read" },
		{ CURLE_GOT_NOTHING, "connection closed without an answer" },
		{ CURLE_PARTIAL_FILE, "answer was cut off" },
		{ CURLE_RECV_ERROR, "connection broke" },
		{ CURLE_SEND_ERROR, "connection broke" },
		{ CURLE_WEIRD_SERVER_REPLY, "answer is no HTTP" },
		{ CURLE_UNSUPPORTED_PROTOCOL, "answer is no HTTP" },
		{ CURLE_HTTP2, "HTTP/2 failed" },
		{ CURLE_HTTP2_STREAM, "HTTP/2 failed" },
	};
	const char *text = "request failed";

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (texts[i].code == code)
			text = texts[i].text;
	return err_set(e, ERR_REGISTRY, "%s:%s: %s", url->host, url->port,
	    text);
}

static int
set_headers(CURL *easy, const struct http_request *req,
    const char *authorization, struct curl_slist **list, struct err *e)
{
	AUTO(str) char *accept = NULL;
	AUTO(str) char *auth = NULL;

	if (req->accept != NULL) {
		accept = str_printf("Accept: %s", req->accept);
		*list = curl_slist_append(*list, accept);
	}
	if (authorization != NULL) {
		/* A line break would begin a header of its own. */
		if (strpbrk(authorization, "\r\n") != NULL ||
		    strlen(authorization) > AUTHORIZATION_MAX)
			return err_set(e, ERR_UNAUTHORIZED,
			    "credentials cannot be sent in a header");
		auth = str_printf("Authorization: %s", authorization);
		*list = curl_slist_append(*list, auth);
	}
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *list);
	return 0;
}

static void
set_method(CURL *easy, const struct http_request *req)
{
	if (strcmp(req->method, "HEAD") == 0) {
		(void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(req->method, "POST") == 0) {
		(void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
		    req->form_body == NULL ? "" : req->form_body);
	}
}

/* SSL_CERT_FILE names other roots than the system's, as for OpenSSL's tools and
 * curl; a registry's own come first. */
static const char *
roots_for(const struct http_request *req)
{
	const char *named = getenv("SSL_CERT_FILE");

	if (req->ca_file != NULL)
		return req->ca_file;
	return named != NULL && *named != '\0' ? named : NULL;
}

static void
set_options(CURL *easy, const struct http_request *req, const struct url *url,
    struct exchange *x)
{
	curl_easy_reset(easy);
	(void)curl_easy_setopt(easy, CURLOPT_URL, url->text);
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)CONNECT_TIMEOUT_MS);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT,
	    "pullgate/" PULLGATE_VERSION);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (url_host_is_loopback(url->host))
		(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (roots_for(req) != NULL)
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, roots_for(req));
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
	set_method(easy, req);
}

/* Drive the transfer to its end, or to the end of the budget. */
static int
drive(struct http_client *c, struct exchange *x, CURLcode *ret)
{
	int running = 1, left = 0, wait;
	CURLMsg *msg;

	for (;;) {
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			return err_set(x->e, ERR_INTERNAL, "libcurl failed");
		if (running == 0)
			break;
		if (budget_check(x->budget, x->e) < 0)
			return -1;
		wait = (int)budget_left_ms(x->budget);
		(void)curl_multi_poll(c->multi, NULL, 0,
		    wait < POLL_MS ? wait + 1 : POLL_MS, NULL);
	}
	*ret = CURLE_RECV_ERROR;
	while ((msg = curl_multi_info_read(c->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			*ret = msg->data.result;
	return 0;
}

static int
do_exchange(struct http_client *c, const struct http_request *req,
    const struct url *url, const char *authorization, struct exchange *x)
{
	AUTO(slist) struct curl_slist *list = NULL;
	CURLcode code = CURLE_OK;
	int r;

	buf_clear(&x->response->body);
	str_map_clear(&x->response->headers);
	x->response->body = buf_with_max(req->body_max);
	set_options(c->easy, req, url, x);
	if (set_headers(c->easy, req, authorization, &list, x->e) < 0)
		return -1;
	if (curl_multi_add_handle(c->multi, c->easy) != CURLM_OK)
		return err_set(x->e, ERR_INTERNAL, "libcurl failed");
	r = drive(c, x, &code);
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE,
	    &x->response->status);
	(void)curl_multi_remove_handle(c->multi, c->easy);
	if (r < 0 || x->failed)
		return -1;
	return code == CURLE_OK ? 0 : curl_error(code, url, x->e);
}

static int
exchange(struct http_client *c, const struct http_request *req,
    const struct url *url, const char *authorization, struct exchange *x)
{
	int64_t from = clock_mono_us();
	int r = do_exchange(c, req, url, authorization, x);

	count_exchange(url, x->response->status, r < 0 ? x->e->code : ERR_NONE,
	    clock_mono_us() - from);
	return r;
}

static bool
is_redirect(const struct http_response *r)
{
	return (r->status == 301 || r->status == 302 || r->status == 303 ||
		   r->status == 307 || r->status == 308) &&
	       str_map_get(&r->headers, "location") != NULL;
}

/* Where a redirect leads; never from https to http. */
static int
follow(const struct url *from, const struct http_response *r, struct url *ret,
    struct err *e)
{
	const char *location = str_map_get(&r->headers, "location");

	if (url_resolve(from, location, ret, e) < 0)
		return err_wrap(e, "redirect from %s:%s", from->host,
		    from->port);
	if (strcmp(from->scheme, "https") == 0 &&
	    strcmp(ret->scheme, "https") != 0)
		return err_set(e, ERR_REGISTRY,
		    "redirect from https://%s to http is not followed",
		    from->host);
	return 0;
}

int
http_do(struct http_client *c, const struct http_request *req,
    struct budget *budget, struct http_response *ret, struct err *e)
{
	AUTO(http_response) struct http_response answer = { 0 };
	struct exchange x = { .budget = budget, .response = &answer, .e = e };
	const char *authorization = req->authorization;
	AUTO(url) struct url at = { 0 };
	struct url next;

	if (url_parse(req->url, &at, e) < 0)
		return -1;
	for (int hops = 0;; hops++) {
		if (budget_check(budget, e) < 0 ||
		    exchange(c, req, &at, authorization, &x) < 0)
			return -1;
		if (!is_redirect(&answer) || strcmp(req->method, "POST") == 0)
			break;
		if (hops == HTTP_REDIRECTS_MAX)
			return err_set(e, ERR_LIMIT,
			    "%s: more than %d redirects", at.host,
			    HTTP_REDIRECTS_MAX);
		if (follow(&at, &answer, &next, e) < 0)
			return -1;
		if (!url_same_origin(&at, &next)) {
			authorization = NULL;
			answer.foreign = true;
		}
		url_clear(&at);
		at = next;
	}
	*ret = answer;
	answer = (struct http_response){ 0 };
	return 0;
}

void
http_response_clear(struct http_response *r)
{
	buf_clear(&r->body);
	str_map_clear(&r->headers);
	*r = (struct http_response){ 0 };
}

/* One request to a registry: where it goes, as whom, and what came of it. */
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "registry/private.h"

/* One more try for what passes by itself. */
#define TRIES    2
#define PAUSE_MS 200

static char *
url_of(const struct registry_session *s, const struct registry_get *get)
{
	const struct repository *r = get->repository;
	const char *host = strcmp(r->host, "docker.io") == 0
			       ? "registry-1.docker.io"
			       : r->host;

	return str_printf("%s://%s/v2/%s/%s",
	    registry_is_plain(s->registry, r->host) ? "http" : "https", host,
	    r->path, get->what);
}

static int
request(struct registry_session *s, const struct registry_get *get,
    const char *authorization, struct http_response *ret, struct err *e)
{
	const struct registry_host *h =
	    registry_host_of(s->registry, get->repository->host);
	AUTO(str) char *url = url_of(s, get);

	http_response_clear(ret);
	return http_do(s->http,
	    &(struct http_request){
		.method = "GET",
		.url = url,
		.accept = get->accept,
		.authorization = authorization,
		.ca_file = h == NULL ? NULL : h->ca_file,
		.body_max = get->max,
	    },
	    s->budget, ret, e);
}

/* With what credentials there are; challenged once, answered once. */
static int
request_as(struct registry_session *s, const struct registry_get *get,
    struct http_response *ret, struct err *e)
{
	AUTO(str) char *authorization = NULL;
	AUTO(str) char *again = NULL;
	const char *challenge;

	if (registry_authorize(s, get->repository, NULL, &authorization, e) <
		0 ||
	    request(s, get, authorization, ret, e) < 0)
		return -1;
	/* Only the registry itself may ask who we are: another host that a
	 * redirect led to would name a realm of its own. */
	if (ret->status != 401 || ret->foreign)
		return 0;
	challenge = str_map_get(&ret->headers, "www-authenticate");
	if (registry_authorize(s, get->repository,
		challenge == NULL ? "" : challenge, &again, e) < 0)
		return -1;
	if (again == NULL)
		return 0;
	return request(s, get, again, ret, e);
}

static bool
may_pass(int r, const struct http_response *answer, const struct err *e)
{
	return r < 0 ? e->code == ERR_REGISTRY
		     : answer->status >= 500 && answer->status != 501;
}

static void
pause_within(const struct budget *b)
{
	struct timespec ts = { .tv_nsec = PAUSE_MS * 1000000L };

	if (budget_left_ms(b) > PAUSE_MS)
		(void)nanosleep(&ts, NULL);
}

int
registry_get(struct registry_session *s, const struct registry_get *get,
    struct http_response *ret, struct err *e)
{
	int r = request_as(s, get, ret, e);

	for (int i = 1; i < TRIES && may_pass(r, ret, e); i++) {
		pause_within(s->budget);
		if (budget_check(s->budget, e) < 0)
			return -1;
		r = request_as(s, get, ret, e);
	}
	return r < 0 ? err_wrap(e, "registry %s", get->repository->host) : 0;
}

int
registry_status_error(const struct registry_get *get, long status,
    struct err *e)
{
	static const struct {
		long status;
		enum err_code code;
		const char *text;
	} known[] = {
		{ 401, ERR_UNAUTHORIZED, "unauthorized" },
		{ 403, ERR_UNAUTHORIZED, "forbidden" },
		{ 404, ERR_NOT_FOUND, "not found" },
		{ 429, ERR_REGISTRY, "too many requests" },
	};
	enum err_code code = ERR_REGISTRY;
	const char *text = "request failed";

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (known[i].status != status)
			continue;
		code = known[i].code;
		text = known[i].text;
	}
	return err_set(e, code, "registry %s: %s: %s (HTTP %ld)",
	    get->repository->host, get->what, text, status);
}

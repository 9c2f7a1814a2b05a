/* URLs, by libcurl's parser. */
#include "http/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

#define URL_MAX 8192

DEFINE_AUTO(curlu, CURLU *, curl_url_cleanup);

static char *
part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *got = NULL, *copy;

	if (curl_url_get(u, what, &got, flags) != CURLUE_OK)
		return NULL;
	copy = mem_strdup(got);
	curl_free(got);
	return copy;
}

static int
fill(CURLU *u, struct url *ret, struct err *e)
{
	AUTO(url) struct url out = { 0 };
	AUTO(str) char *user = part(u, CURLUPART_USER, 0);

	if (user != NULL)
		return err_set(e, ERR_REGISTRY,
		    "URL with a user name is not followed");
	(void)curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	out.text = part(u, CURLUPART_URL, 0);
	out.scheme = part(u, CURLUPART_SCHEME, 0);
	out.host = part(u, CURLUPART_HOST, 0);
	out.port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (out.text == NULL || out.scheme == NULL || out.host == NULL ||
	    out.port == NULL)
		return err_set(e, ERR_REGISTRY, "no valid URL");
	if (strcmp(out.scheme, "https") != 0 && strcmp(out.scheme, "http") != 0)
		return err_set(e, ERR_REGISTRY,
		    "URL of scheme %.20s is not followed", out.scheme);
	for (char *p = out.host; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	*ret = out;
	out = (struct url){ 0 };
	return 0;
}

int
url_parse(const char *text, struct url *ret, struct err *e)
{
	AUTO(curlu) CURLU *u = curl_url();

	if (strlen(text) > URL_MAX ||
	    curl_url_set(u, CURLUPART_URL, text, 0) != CURLUE_OK)
		return err_set(e, ERR_REGISTRY, "no valid URL");
	return fill(u, ret, e);
}

int
url_resolve(const struct url *base, const char *location, struct url *ret,
    struct err *e)
{
	AUTO(curlu) CURLU *u = curl_url();

	if (strlen(location) > URL_MAX ||
	    curl_url_set(u, CURLUPART_URL, base->text, 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_URL, location, 0) != CURLUE_OK)
		return err_set(e, ERR_REGISTRY, "no valid URL");
	return fill(u, ret, e);
}

bool
url_same_origin(const struct url *a, const struct url *b)
{
	return strcmp(a->scheme, b->scheme) == 0 &&
	       strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

bool
url_host_is_loopback(const char *host)
{
	AUTO(str) char *name = mem_strdup(host);
	struct in6_addr v6;
	struct in_addr v4;
	char *end;

	if (name[0] == '[') {
		end = strchr(name, ']');
		if (end == NULL)
			return false;
		*end = '\0';
		return inet_pton(AF_INET6, name + 1, &v6) == 1 &&
		       IN6_IS_ADDR_LOOPBACK(&v6);
	}
	end = strrchr(name, ':');
	if (end != NULL)
		*end = '\0';
	if (strcasecmp(name, "localhost") == 0)
		return true;
	return inet_pton(AF_INET, name, &v4) == 1 &&
	       (ntohl(v4.s_addr) >> 24) == 127;
}

void
url_clear(struct url *u)
{
	free(u->text);
	free(u->scheme);
	free(u->host);
	free(u->port);
	*u = (struct url){ 0 };
}

char *
url_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0), *copy;

	if (escaped == NULL)
		abort();
	copy = mem_strdup(escaped);
	curl_free(escaped);
	return copy;
}

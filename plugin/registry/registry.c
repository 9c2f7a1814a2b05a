/* The registry object: hosts' settings and the tokens that were given. */
#include "registry/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http/url.h"
#include "registry/private.h"

struct registry *
registry_new(const struct registry_host *hosts, size_t n)
{
	struct registry *r = MEM_NEW(struct registry);

	(void)pthread_mutex_init(&r->lock, NULL);
	r->hosts = mem_calloc(n, sizeof(*r->hosts));
	r->nhosts = n;
	for (size_t i = 0; i < n; i++) {
		r->hosts[i].host = mem_strdup(hosts[i].host);
		r->hosts[i].plain_http = hosts[i].plain_http;
		r->hosts[i].ca_file = mem_strdup_null(hosts[i].ca_file);
		r->hosts[i].credentials_file =
		    mem_strdup_null(hosts[i].credentials_file);
	}
	return r;
}

const struct registry_host *
registry_host_of(const struct registry *r, const char *host)
{
	for (size_t i = 0; i < r->nhosts; i++)
		if (registry_host_equal(r->hosts[i].host, host))
			return &r->hosts[i];
	return NULL;
}

/* As in containerd: a loopback registry speaks plain HTTP unless it was given a
 * CA, which means TLS. */
bool
registry_is_plain(const struct registry *r, const char *host)
{
	const struct registry_host *h = registry_host_of(r, host);

	if (h != NULL && (h->plain_http || h->ca_file != NULL))
		return h->plain_http;
	return url_host_is_loopback(host);
}

void
registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->nhosts; i++) {
		free(r->hosts[i].host);
		free(r->hosts[i].ca_file);
		free(r->hosts[i].credentials_file);
	}
	free(r->hosts);
	for (size_t i = 0; i < TOKENS_MAX; i++) {
		free(r->tokens[i].host);
		free(r->tokens[i].scope);
		free(r->tokens[i].text);
		credentials_clear(&r->tokens[i].creds);
	}
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

void
repository_clear(struct repository *r)
{
	free(r->host);
	free(r->path);
	*r = (struct repository){ 0 };
}

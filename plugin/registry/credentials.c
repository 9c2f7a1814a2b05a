/* Credentials: whose they are and where they may go. */
#include "registry/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

/* All of docker.io's spellings are one host. */
static const char *const docker_hosts[] = { "docker.io", "index.docker.io",
	"registry-1.docker.io", "registry.hub.docker.com" };

static bool
is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

bool
credentials_present(const struct credentials *c)
{
	return c != NULL &&
	       (is_set(c->username) || is_set(c->password) || is_set(c->auth) ||
		   is_set(c->identity_token) || is_set(c->registry_token));
}

static bool
is_docker(const char *host)
{
	for (size_t i = 0; i < COUNT_OF(docker_hosts); i++)
		if (strcasecmp(host, docker_hosts[i]) == 0)
			return true;
	return false;
}

bool
registry_host_equal(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0 || (is_docker(a) && is_docker(b));
}

bool
credentials_match(const struct credentials *c, const char *host)
{
	const char *address = c->server_address;
	const char *scheme;
	AUTO(str) char *name = NULL;

	if (!is_set(address))
		return true;
	scheme = strstr(address, "://");
	if (scheme != NULL)
		address = scheme + 3;
	name = mem_strndup(address, strcspn(address, "/"));
	return registry_host_equal(name, host);
}

bool
credentials_equal(const struct credentials *a, const struct credentials *b)
{
	return str_equal_null(a->username, b->username) &&
	       str_equal_null(a->password, b->password) &&
	       str_equal_null(a->auth, b->auth) &&
	       str_equal_null(a->server_address, b->server_address) &&
	       str_equal_null(a->identity_token, b->identity_token) &&
	       str_equal_null(a->registry_token, b->registry_token);
}

void
credentials_copy(struct credentials *to, const struct credentials *from)
{
	to->username = mem_strdup_null(from->username);
	to->password = mem_strdup_null(from->password);
	to->auth = mem_strdup_null(from->auth);
	to->server_address = mem_strdup_null(from->server_address);
	to->identity_token = mem_strdup_null(from->identity_token);
	to->registry_token = mem_strdup_null(from->registry_token);
}

static void
wipe(char *s)
{
	if (s == NULL)
		return;
	explicit_bzero(s, strlen(s));
	free(s);
}

void
credentials_clear(struct credentials *c)
{
	wipe(c->username);
	wipe(c->password);
	wipe(c->auth);
	wipe(c->server_address);
	wipe(c->identity_token);
	wipe(c->registry_token);
	*c = (struct credentials){ 0 };
}

#ifndef REGISTRY_PRIVATE_H
#define REGISTRY_PRIVATE_H

#include <pthread.h>

#include "http/http.h"
#include "registry/registry.h"

/* What the files of registry/ share. */

#define TOKENS_MAX 256

/* A bearer token that a realm gave. */
struct token {
	char *host;
	char *scope;
	struct credentials creds;
	char *text;
	int64_t until_ms;
};

struct registry {
	struct registry_host *hosts;
	size_t nhosts;
	pthread_mutex_t lock;            /* of what follows */
	struct token tokens[TOKENS_MAX]; /* a ring; oldest overwritten */
	size_t at;
};

/* Settings of a host; NULL if the configuration has none. */
const struct registry_host *registry_host_of(const struct registry *r,
    const char *host);

/* A repository in a registry, and whether it is the image's own. */
struct repository {
	char *host; /* as references name it: "docker.io" */
	char *path;
	bool home; /* the host is the image's: pull secrets are for it */
};

void repository_clear(struct repository *r);
DEFINE_AUTO_INPLACE(repository, struct repository, repository_clear);

/*
 * GET /v2/<path>/<what>, with whatever credentials may go there.  0 for any
 * answer; what its status means is for registry_status_error().
 */
struct registry_get {
	const struct repository *repository;
	const char *what; /* "manifests/1.0" */
	const char *accept;
	size_t max;
};

int registry_get(struct registry_session *s, const struct registry_get *get,
    struct http_response *ret, struct err *e) MUST_CHECK;

/* The error for a status that is no success.  Always returns -1. */
int registry_status_error(const struct registry_get *get, long status,
    struct err *e);

/* An Authorization value for this answer's challenge, or a cached one when
 * challenge is NULL; *ret stays NULL if there is nothing to present. */
int registry_authorize(struct registry_session *s,
    const struct repository *repository, const char *challenge, char **ret,
    struct err *e) MUST_CHECK;

/* Is the host spoken to without TLS? */
bool registry_is_plain(const struct registry *r, const char *host);

#define REGISTRY_ACCEPT_MANIFEST                                               \
	MEDIA_OCI_MANIFEST ", " MEDIA_OCI_INDEX ", " MEDIA_DOCKER_MANIFEST     \
			   ", " MEDIA_DOCKER_LIST

#endif

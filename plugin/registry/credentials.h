#ifndef REGISTRY_CREDENTIALS_H
#define REGISTRY_CREDENTIALS_H

#include <stdbool.h>

#include "base/auto.h"

/*
 * Credentials as a CRI AuthConfig carries them.  Any member may be NULL.  They
 * are used for the host in server_address, or, where that is empty (the kubelet
 * leaves it so for pull secrets), for the image's own registry; never for
 * another host.  Order as in containerd: username and password, identity token,
 * auth (base64 of "user:password"); then registry_token, a bearer token.
 */
struct credentials {
	char *username;
	char *password;
	char *auth;
	char *server_address;
	char *identity_token;
	char *registry_token;
};

/* Is there anything in it that could be presented? */
bool credentials_present(const struct credentials *c);

/* The same registry?  All spellings of docker.io are one. */
bool registry_host_equal(const char *a, const char *b);

/* Does server_address admit this host ("registry.example.com:5000")?  True for
 * an empty one.  Compares host and port as containerd's ParseAuth does; schemes
 * and paths in server_address are skipped; docker.io in all its spellings
 * (index.docker.io, registry-1.docker.io) is one host. */
bool credentials_match(const struct credentials *c, const char *host);

/* The same in every member? */
bool credentials_equal(const struct credentials *a,
    const struct credentials *b);

void credentials_copy(struct credentials *to, const struct credentials *from);

/* Wipes before it frees. */
void credentials_clear(struct credentials *c);
DEFINE_AUTO_INPLACE(credentials, struct credentials, credentials_clear);

#endif

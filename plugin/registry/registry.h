#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/budget.h"
#include "base/buf.h"
#include "base/err.h"
#include "image/manifest.h"
#include "image/reference.h"
#include "registry/credentials.h"
#include "signature/evidence.h"

struct http_client;

/*
 * The OCI distribution client: what a registry says about an image.  One
 * registry object serves the whole process and is safe between threads (hosts'
 * settings are immutable, tokens are kept behind a lock).
 */
struct registry;

/* Settings of one host, from the configuration. */
struct registry_host {
	char *host;      /* "registry.example.com:5000", "docker.io" */
	bool plain_http; /* loopback hosts may speak it without being told to */
	char *ca_file;   /* NULL: the system's roots */
	char *credentials_file; /* a docker config.json; NULL: none */
};

/* hosts is copied. */
struct registry *registry_new(const struct registry_host *hosts, size_t n)
    __attribute__((returns_nonnull));
void registry_free(struct registry *r);
DEFINE_AUTO(registry, struct registry *, registry_free);

/* One verification's view: whose credentials, on which thread, at what cost.
 * Everything is borrowed and must outlive it. */
struct registry_session {
	struct registry *registry;
	struct http_client *http;
	const struct credentials *creds; /* may be NULL: anonymous */
	struct budget *budget;
};

/*
 * What does the reference name?  Fills *ret (media type, digest, size) from the
 * manifest, whose digest was checked over its body; of its annotations those
 * that tell of a checkpoint.  For a reference with a digest it is that digest.  ERR_NOT_FOUND, ERR_UNAUTHORIZED, ERR_REGISTRY,
 * ERR_DIGEST_MISMATCH, ERR_LIMIT, ….
 */
int registry_resolve(struct registry_session *s, const struct reference *ref,
    struct descriptor *ret, struct err *e) MUST_CHECK;

/*
 * Everything that stands in the registry as a signature of this digest: the tag
 * sha256-<hex>.sig, for attestations also sha256-<hex>.att, the Referrers API,
 * and where that is not there its fallback tag sha256-<hex>.  Nothing found is
 * success with no items.  The caller owns *ret.
 */
struct registry_where {
	const char *repository; /* "registry.example.com/signatures"; NULL:
				   beside the image */
	bool attestations;
};

int registry_signatures(struct registry_session *s, const struct reference *ref,
    const char *image_digest, const struct registry_where *where,
    struct evidence **ret, struct err *e) MUST_CHECK;

#endif

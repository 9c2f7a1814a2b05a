#ifndef GATE_STORE_H
#define GATE_STORE_H

#include "base/auto.h"
#include "base/err.h"
#include "image/manifest.h"
#include "signature/evidence.h"

/*
 * What was fetched, kept: evidence and no verdicts, by the digest it is of and
 * the place it stood in, with the time it was fetched.  Another policy, another
 * namespace, a reload and a registry that is away are answered from it; what is
 * in it is verified anew.  In memory, and in a directory if there is one
 * (gate/store_disk.h).  Safe between threads.
 */
struct store;

struct store_settings {
	const char *dir;   /* NULL: memory alone */
	int64_t ttl_s;     /* as new as this it is not asked for again */
	int64_t offline_s; /* as old as this it serves where the registry is
			      away */
	uint64_t size;     /* bytes in memory, and as many in the directory */
};

#define STORE_TTL_DEFAULT_S     3600
#define STORE_OFFLINE_DEFAULT_S 86400
#define STORE_SIZE_DEFAULT      (64u << 20)
#define STORE_SIZE_MIN          (1u << 20)
#define STORE_SIZE_MAX          (4ll << 30)

/* What evidence is asked for by.  Borrowed. */
struct store_key {
	const char *name;       /* "registry.example.com/shop/web" */
	const char *digest;     /* of the image */
	const char *repository; /* where signatures are; NULL: beside it */
	bool attestations;      /* they were looked for as well */
};

/* A piece of it; clear it. */
struct stored {
	struct evidence *evidence;
	struct descriptor target; /* what the digest is of */
	int64_t fetched;          /* seconds since 1970 */
};

void stored_clear(struct stored *s);
DEFINE_AUTO_INPLACE(stored, struct stored, stored_clear);

/* The directory is made if it is not there.  What is wrong with it is logged and
 * costs the cache alone. */
struct store *store_new(const struct store_settings *settings)
    __attribute__((returns_nonnull));
void store_free(struct store *s);
DEFINE_AUTO(store, struct store *, store_free);

/* How old evidence may be: ttl_s, offline_s, or as it comes.  To the first two
 * a clock that was set back makes nothing newer than now. */
enum store_age { STORE_FRESH, STORE_OFFLINE, STORE_ANY };

/* Evidence that is no older than that; false if there is none. */
bool store_get(struct store *s, const struct store_key *key, enum store_age age,
    struct stored *ret);

void store_put(struct store *s, const struct store_key *key,
    struct evidence *evidence, const struct descriptor *target);

/* Its name in memory and on disk: a hash of the key, in hexadecimal. */
#define STORE_NAME_LEN 64
void store_name(const struct store_key *key, char ret[STORE_NAME_LEN + 1]);

#endif

#ifndef TRUST_HASH_H
#define TRUST_HASH_H

#include <stdbool.h>

#include "base/slice.h"

/* The three hashes that signatures, logs and timestamps use (FIPS 180-4). */
enum hash { HASH_NONE, HASH_SHA256, HASH_SHA384, HASH_SHA512 };

#define HASH_MAX   64
#define SHA256_LEN 32

size_t hash_len(enum hash h);

/* Fills hash_len(h) bytes; a library that cannot ends the process. */
void hash_of(enum hash h, struct slice bytes, uint8_t ret[HASH_MAX]);
void sha256(struct slice bytes, uint8_t ret[SHA256_LEN]);

/* Piece by piece; hash_end() frees the state. */
struct hash_state;
struct hash_state *hash_begin(enum hash h) __attribute__((returns_nonnull));
void hash_add(struct hash_state *s, struct slice bytes);
void hash_end(struct hash_state *s, uint8_t *ret);

/* "sha256", "SHA2_256"; HASH_NONE for another name or NULL. */
enum hash hash_by_name(const char *name);

/* Have the bytes this hash? */
bool hash_is(enum hash h, struct slice bytes, struct slice want);

#endif

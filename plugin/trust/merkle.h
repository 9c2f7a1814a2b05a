#ifndef TRUST_MERKLE_H
#define TRUST_MERKLE_H

#include "trust/hash.h"

/* Merkle trees of logs (RFC 6962, 2.1; RFC 9162, 2.1.3). */
#define MERKLE_PATH_MAX 64

/* The hash of a leaf with these bytes. */
void merkle_leaf(struct slice bytes, uint8_t ret[SHA256_LEN]);

/*
 * Does the path of n hashes lead from the leaf at this index to the root of a
 * tree of this size?  A path that is too long or too short does not.
 */
bool merkle_includes(const uint8_t leaf[SHA256_LEN], uint64_t index,
    uint64_t size, const uint8_t (*path)[SHA256_LEN], size_t n,
    const uint8_t root[SHA256_LEN]);

#endif

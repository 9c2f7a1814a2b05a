/* Merkle trees: is a leaf in one? */
#include "trust/merkle.h"

#include <string.h>

#define LEAF 0
#define NODE 1

/* A prefix, and one or two hashes or a leaf behind it. */
static void
hash_pair(const uint8_t *left, const uint8_t *right, uint8_t ret[SHA256_LEN])
{
	uint8_t text[1 + 2 * SHA256_LEN];

	text[0] = NODE;
	memcpy(text + 1, left, SHA256_LEN);
	memcpy(text + 1 + SHA256_LEN, right, SHA256_LEN);
	sha256(slice_of(text, sizeof(text)), ret);
}

void
merkle_leaf(struct slice bytes, uint8_t ret[SHA256_LEN])
{
	struct hash_state *state = hash_begin(HASH_SHA256);
	uint8_t prefix = LEAF;

	hash_add(state, slice_of(&prefix, 1));
	hash_add(state, bytes);
	hash_end(state, ret);
}

bool
merkle_includes(const uint8_t leaf[SHA256_LEN], uint64_t index, uint64_t size,
    const uint8_t (*path)[SHA256_LEN], size_t n, const uint8_t root[SHA256_LEN])
{
	uint64_t at = index, last = size - 1;
	uint8_t hash[SHA256_LEN];

	if (size == 0 || index >= size || n > MERKLE_PATH_MAX)
		return false;
	memcpy(hash, leaf, sizeof(hash));
	for (size_t i = 0; i < n; i++) {
		if (last == 0)
			return false;
		if ((at & 1) != 0 || at == last) {
			hash_pair(path[i], hash, hash);
			/* Levels at which the last node has no sibling. */
			while ((at & 1) == 0 && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			hash_pair(hash, path[i], hash);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && memcmp(hash, root, sizeof(hash)) == 0;
}

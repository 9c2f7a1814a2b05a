/* Trees of every small size: each leaf is in its tree and in no other place. */
#include "trust/merkle.h"

#include <string.h>

#include "test.h"

#define SIZE_MAX_ 40

static uint8_t leaves[SIZE_MAX_][SHA256_LEN];

static void
make_leaves(void)
{
	for (uint8_t i = 0; i < SIZE_MAX_; i++)
		merkle_leaf(slice_of(&i, 1), leaves[i]);
}

/* The largest power of two below n. */
static size_t
split(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

/* RFC 6962, 2.1, word by word. */
static void
root_of(size_t from, size_t n, uint8_t ret[SHA256_LEN])
{
	uint8_t text[1 + 2 * SHA256_LEN] = { 1 };

	if (n == 1) {
		memcpy(ret, leaves[from], SHA256_LEN);
		return;
	}
	root_of(from, split(n), text + 1);
	root_of(from + split(n), n - split(n), text + 1 + SHA256_LEN);
	sha256(slice_of(text, sizeof(text)), ret);
}

static size_t
path_of(size_t index, size_t from, size_t n, uint8_t (*ret)[SHA256_LEN])
{
	size_t k = split(n), len;

	if (n == 1)
		return 0;
	if (index < k) {
		len = path_of(index, from, k, ret);
		root_of(from + k, n - k, ret[len]);
	} else {
		len = path_of(index - k, from + k, n - k, ret);
		root_of(from, k, ret[len]);
	}
	return len + 1;
}

#define PATH(p) ((const uint8_t(*)[SHA256_LEN])(p))

TEST(every_leaf_of_every_tree)
{
	make_leaves();
	for (size_t n = 1; n <= SIZE_MAX_; n++)
		for (size_t i = 0; i < n; i++) {
			uint8_t root[SHA256_LEN], path[16][SHA256_LEN];
			size_t len = path_of(i, 0, n, path);

			root_of(0, n, root);
			CHECK(merkle_includes(leaves[i], i, n, PATH(path), len,
			    root));
		}
}

TEST(what_is_not_there)
{
	make_leaves();
	for (size_t n = 1; n <= SIZE_MAX_; n++)
		for (size_t i = 0; i < n; i++) {
			uint8_t root[SHA256_LEN], path[17][SHA256_LEN] = { 0 };
			size_t len = path_of(i, 0, n, path);
			size_t other = (i + 1) % n;

			root_of(0, n, root);
			if (n > 1) {
				CHECK(!merkle_includes(leaves[other], i, n,
				    PATH(path), len, root));
				CHECK(!merkle_includes(leaves[i], other, n,
				    PATH(path), len, root));
				CHECK(!merkle_includes(leaves[i], i, n,
				    PATH(path), len - 1, root));
				path[0][0] ^= 1;
				CHECK(!merkle_includes(leaves[i], i, n,
				    PATH(path), len, root));
				path[0][0] ^= 1;
			}
			CHECK(!merkle_includes(leaves[i], i, n, PATH(path),
			    len + 1, root));
			root[31] ^= 1;
			CHECK(!merkle_includes(leaves[i], i, n, PATH(path), len,
			    root));
		}
}

TEST(sizes_and_indexes_that_cannot_be)
{
	static const uint8_t path[MERKLE_PATH_MAX + 1][SHA256_LEN];

	make_leaves();
	CHECK(!merkle_includes(leaves[0], 0, 0, path, 0, leaves[0]));
	CHECK(!merkle_includes(leaves[0], 1, 1, path, 0, leaves[0]));
	CHECK(!merkle_includes(leaves[0], UINT64_MAX, UINT64_MAX, path, 64,
	    leaves[0]));
	CHECK(!merkle_includes(leaves[0], 0, UINT64_MAX, path,
	    MERKLE_PATH_MAX + 1, leaves[0]));
}

/* RFC 6962's own: the hash of no bytes as a leaf. */
TEST(a_leaf_is_no_node)
{
	static const uint8_t want[] = { 0x6e, 0x34, 0x0b, 0x9c, 0xff, 0xb3,
		0x7a, 0x98, 0x9c, 0xa5, 0x44, 0xe6, 0xbb, 0x78, 0x0a, 0x2c,
		0x78, 0x90, 0x1d, 0x3f, 0xb3, 0x37, 0x38, 0x76, 0x85, 0x11,
		0xa3, 0x06, 0x17, 0xaf, 0xa0, 0x1d };
	uint8_t got[SHA256_LEN];

	merkle_leaf(slice_of("", 0), got);
	CHECK(memcmp(got, want, sizeof(want)) == 0);
}

TEST_MAIN

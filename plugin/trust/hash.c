/* SHA-2. */
#include "trust/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

static const struct {
	const char *name, *other_name;
	size_t len;
	const EVP_MD *(*md)(void);
} hashes[] = {
	[HASH_SHA256] = { "sha256", "SHA2_256", 32, EVP_sha256 },
	[HASH_SHA384] = { "sha384", "SHA2_384", 48, EVP_sha384 },
	[HASH_SHA512] = { "sha512", "SHA2_512", 64, EVP_sha512 },
};

size_t
hash_len(enum hash h)
{
	return hashes[h].len;
}

void
hash_of(enum hash h, struct slice bytes, uint8_t ret[HASH_MAX])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (h == HASH_NONE ||
	    EVP_Digest(bytes.ptr, bytes.len, md, &len, hashes[h].md(), NULL) !=
		1 ||
	    len != hashes[h].len)
		abort();
	memcpy(ret, md, len);
}

void
sha256(struct slice bytes, uint8_t ret[SHA256_LEN])
{
	uint8_t md[HASH_MAX];

	hash_of(HASH_SHA256, bytes, md);
	memcpy(ret, md, SHA256_LEN);
}

/* struct hash_state is OpenSSL's context under another name. */
struct hash_state *
hash_begin(enum hash h)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL || EVP_DigestInit_ex(ctx, hashes[h].md(), NULL) != 1)
		abort();
	return (struct hash_state *)ctx;
}

void
hash_add(struct hash_state *s, struct slice bytes)
{
	if (EVP_DigestUpdate((EVP_MD_CTX *)s, bytes.ptr, bytes.len) != 1)
		abort();
}

void
hash_end(struct hash_state *s, uint8_t *ret)
{
	if (EVP_DigestFinal_ex((EVP_MD_CTX *)s, ret, NULL) != 1)
		abort();
	EVP_MD_CTX_free((EVP_MD_CTX *)s);
}

enum hash
hash_by_name(const char *name)
{
	for (size_t i = HASH_SHA256; name != NULL && i < COUNT_OF(hashes); i++)
		if (strcmp(hashes[i].name, name) == 0 ||
		    strcmp(hashes[i].other_name, name) == 0)
			return (enum hash)i;
	return HASH_NONE;
}

bool
hash_is(enum hash h, struct slice bytes, struct slice want)
{
	uint8_t md[HASH_MAX];

	if (h == HASH_NONE || want.len != hash_len(h))
		return false;
	hash_of(h, bytes, md);
	return memcmp(md, want.ptr, want.len) == 0;
}

#ifndef TESTS_UNIT_SIGNING_H
#define TESTS_UNIT_SIGNING_H

/* Keys and signatures for tests, by OpenSSL. */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "test.h"
#include "trust/key.h"

/* A public key as PEM; the caller frees it. */
static inline char *
pem_of(EVP_PKEY *pkey)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *pem;
	long len;

	CHECK(PEM_write_bio_PUBKEY(bio, pkey) == 1);
	len = BIO_get_mem_data(bio, &data);
	pem = mem_strndup(data, (size_t)len);
	BIO_free(bio);
	return pem;
}

static inline struct key *
key_of(EVP_PKEY *pkey)
{
	AUTO(str) char *pem = pem_of(pkey);
	struct key *key = NULL;
	struct err e;

	CHECK_OK(key_from_pem(slice_str(pem), &key, &e), &e);
	return key;
}

/* Sign with this hash (NULL for Ed25519); raw bytes into *ret. */
static inline void
sign_raw(EVP_PKEY *pkey, const EVP_MD *md, struct slice msg, struct buf *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1024];
	size_t len = sizeof(sig);

	CHECK(EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) == 1);
	CHECK(EVP_DigestSign(ctx, sig, &len, msg.ptr, msg.len) == 1);
	EVP_MD_CTX_free(ctx);
	buf_reset(ret);
	CHECK(buf_append(ret, sig, len) == 0);
}

static inline char *
sign_base64(EVP_PKEY *pkey, struct slice msg)
{
	AUTO(buf) struct buf sig = buf_with_max(1024);

	sign_raw(pkey, EVP_sha256(), msg, &sig);
	return base64_encode(buf_slice(&sig));
}

/* The directory with public test vectors; the test fails without it. */
static inline const char *
vectors(void)
{
	const char *dir = getenv("VECTORS");

	return dir == NULL ? "../shared/vectors" : dir;
}

#endif

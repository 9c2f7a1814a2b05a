/* Public keys: which are taken, and what each of them verifies. */
#include "trust/key.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"
#include "trust/ed25519.h"
#include "trust/pem.h"
#include "trust/spki.h"

#define PEM_MAX      (16u << 10)
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

/* No ECDSA signature on P-521 or RSA signature of 4096 bits is longer. */
#define SIGNATURE_MAX 1024

/*
 * What is taken.  A row says how a kind of key signs: the hash that belongs to
 * it, and another that signers use as well (cosign 2 signs with SHA-256 on
 * every curve, cosign 3 with the curve's own).
 */
static const struct key_form {
	enum spki_type type;
	int curve;
	const char *kind;
	const EVP_MD *(*hash)(void);
	const EVP_MD *(*other_hash)(void);
} forms[] = {
	/* clang-format off */
	{ SPKI_ECDSA,   NID_X9_62_prime256v1, "ECDSA P-256", EVP_sha256, NULL },
	{ SPKI_ECDSA,   NID_secp384r1, "ECDSA P-384", EVP_sha384, EVP_sha256 },
	{ SPKI_ECDSA,   NID_secp521r1, "ECDSA P-521", EVP_sha512, EVP_sha256 },
	{ SPKI_RSA,     0,             "RSA",         EVP_sha256, NULL },
	{ SPKI_RSA_PSS, 0,             "RSASSA-PSS",  EVP_sha256, NULL },
	{ SPKI_ED25519, 0,             "Ed25519",     NULL,       NULL },
	/* clang-format on */
};

struct key {
	const struct key_form *form;
	struct spki spki;
	char *kind;
	char fingerprint[DIGEST_TEXT_MAX];
	atomic_uint refs;
};

DEFINE_AUTO(md_ctx, EVP_MD_CTX *, EVP_MD_CTX_free);

static const struct key_form *
form_of(const struct spki *spki)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (forms[i].type == spki->type &&
		    forms[i].curve == spki->curve)
			return &forms[i];
	return NULL;
}

/* An even or tiny exponent, or a modulus of another size, is no key we take. */
static int
check_rsa(const EVP_PKEY *pkey, struct err *e)
{
	int bits = EVP_PKEY_get_bits(pkey);
	BIGNUM *exponent = NULL;
	bool ok;

	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return err_set(e, ERR_CONFIG,
		    "RSA key of %d bits: only %d to %d are accepted", bits,
		    RSA_BITS_MIN, RSA_BITS_MAX);
	ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) ==
		 1 &&
	     BN_is_odd(exponent) && !BN_is_one(exponent);
	BN_free(exponent);
	if (!ok)
		return err_set(e, ERR_CONFIG, "RSA key with a bad exponent");
	return 0;
}

static bool
is_rsa(const struct spki *spki)
{
	return spki->type == SPKI_RSA || spki->type == SPKI_RSA_PSS;
}

/* On its curve: these have a cofactor of 1, so it is in the right group too. */
static int
check_point(EVP_PKEY *pkey, struct err *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ok = ctx != NULL && EVP_PKEY_public_check_quick(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		return err_set(e, ERR_CONFIG,
		    "public key is not a point of its curve");
	return 0;
}

typedef int reader(struct slice der, struct spki *ret, struct err *e);

static int
fill(struct key *key, reader *read, struct slice der, struct err *e)
{
	if (read(der, &key->spki, e) < 0)
		return -1;
	if (is_rsa(&key->spki) && check_rsa(key->spki.pkey, e) < 0)
		return -1;
	if (key->spki.type == SPKI_ECDSA && check_point(key->spki.pkey, e) < 0)
		return -1;
	key->form = form_of(&key->spki);
	assert(key->form != NULL);
	digest_of(der, key->fingerprint);
	key->kind = is_rsa(&key->spki) ? str_printf("%s %d", key->form->kind,
					     EVP_PKEY_get_bits(key->spki.pkey))
				       : mem_strdup(key->form->kind);
	return 0;
}

static int
make(reader *read, struct slice der, struct key **ret, struct err *e)
{
	AUTO(key) struct key *key = MEM_NEW(struct key);
	int r;

	atomic_init(&key->refs, 1);
	r = fill(key, read, der, e);
	ERR_clear_error();
	if (r < 0)
		return -1;
	*ret = TAKE(key);
	return 0;
}

int
key_from_der(struct slice der, struct key **ret, struct err *e)
{
	return make(spki_read, der, ret, e);
}

int
key_from_pkcs1(struct slice der, struct key **ret, struct err *e)
{
	return make(spki_read_pkcs1, der, ret, e);
}

int
key_from_pem(struct slice pem, struct key **ret, struct err *e)
{
	AUTO(pem_block) struct pem_block block = { 0 };
	struct err ignored;

	if (pem.len > PEM_MAX)
		return err_set(e, ERR_CONFIG,
		    "public key is larger than %u KiB", PEM_MAX >> 10);
	if (pem_next(&pem, &block, &ignored) != 1 ||
	    strcmp(block.name, "PUBLIC KEY") != 0)
		return err_set(e, ERR_CONFIG, "no valid PEM public key");
	return key_from_der(block.der, ret, e);
}

/* The padding that the key asks for; the salt is as long as the hash. */
static bool
set_padding(const struct key *key, EVP_PKEY_CTX *ctx)
{
	if (key->spki.type == SPKI_RSA)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		       1;
	if (key->spki.type == SPKI_RSA_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(ctx,
			   RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
			   RSA_PSS_SALTLEN_DIGEST) == 1;
	return true;
}

/* 1 is the only yes.  0 is a bad signature, below 0 a broken one. */
static bool
verifies_with(const struct key *key, const EVP_MD *hash, struct slice msg,
    struct slice sig)
{
	AUTO(md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *params = NULL;

	if (ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, &params, hash, NULL, key->spki.pkey) !=
		1 ||
	    !set_padding(key, params))
		return false;
	return EVP_DigestVerify(ctx, sig.ptr, sig.len, msg.ptr, msg.len) == 1;
}

static bool
verifies(const struct key *key, struct slice msg, struct slice sig)
{
	if (sig.len == 0 || sig.len > SIGNATURE_MAX)
		return false;
	if (key->spki.type == SPKI_ED25519)
		return ed25519_verify(key->spki.raw, msg, sig) ||
		       ed25519ph_verify(key->spki.raw, msg, sig);
	if (verifies_with(key, key->form->hash(), msg, sig))
		return true;
	return key->form->other_hash != NULL &&
	       verifies_with(key, key->form->other_hash(), msg, sig);
}

int
key_verify(const struct key *key, struct slice msg, struct slice sig,
    struct err *e)
{
	bool good = verifies(key, msg, sig);

	ERR_clear_error();
	if (!good)
		return err_set(e, ERR_BAD_SIGNATURE,
		    "invalid signature: not made by key %s (%s)",
		    key->fingerprint, key->kind);
	return 0;
}

/* As verifies_with(), of a SHA-256. */
static bool
verifies_digest(const struct key *key, const uint8_t digest[32],
    struct slice sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->spki.pkey, NULL);
	bool good = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		    set_padding(key, ctx) &&
		    EVP_PKEY_verify(ctx, sig.ptr, sig.len, digest, 32) == 1;

	EVP_PKEY_CTX_free(ctx);
	return good;
}

int
key_verify_sha256(const struct key *key, const uint8_t digest[32],
    struct slice sig, struct err *e)
{
	bool good = key->spki.type != SPKI_ED25519 && sig.len > 0 &&
		    sig.len <= SIGNATURE_MAX &&
		    verifies_digest(key, digest, sig);

	ERR_clear_error();
	if (!good)
		return err_set(e, ERR_BAD_SIGNATURE,
		    "invalid signature: not made by key %s (%s)",
		    key->fingerprint, key->kind);
	return 0;
}

const char *
key_fingerprint(const struct key *key)
{
	return key->fingerprint;
}

const char *
key_kind(const struct key *key)
{
	return key->kind;
}

struct key *
key_ref(const struct key *key)
{
	struct key *shared = (struct key *)(uintptr_t)key;

	(void)atomic_fetch_add(&shared->refs, 1);
	return shared;
}

void
key_free(struct key *key)
{
	if (key == NULL || atomic_fetch_sub(&key->refs, 1) > 1)
		return;
	EVP_PKEY_free(key->spki.pkey);
	free(key->kind);
	free(key);
}

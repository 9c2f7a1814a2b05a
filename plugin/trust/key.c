/* Public keys: which are taken, and what each of them verifies. */
#include "trust/key.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"
#include "trust/ed25519.h"

#define PEM_MAX      (16u << 10)
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

/* No ECDSA signature on P-521 or RSA signature of 4096 bits is longer. */
#define SIGNATURE_MAX 1024

enum key_type { KEY_NONE, KEY_ECDSA, KEY_RSA, KEY_ED25519 };

/*
 * What is taken.  A row says how a kind of key signs: the hash that belongs to
 * it, and another that signers use as well (cosign 2 signs with SHA-256 on
 * every curve, cosign 3 with the curve's own).
 */
static const struct key_form {
	enum key_type type;
	const char *group; /* ECDSA: OpenSSL's name of the curve */
	const char *kind;
	const EVP_MD *(*hash)(void);
	const EVP_MD *(*other_hash)(void);
} forms[] = {
	/* clang-format off */
	{ KEY_ECDSA,   "prime256v1", "ECDSA P-256", EVP_sha256, NULL },
	{ KEY_ECDSA,   "secp384r1",  "ECDSA P-384", EVP_sha384, EVP_sha256 },
	{ KEY_ECDSA,   "secp521r1",  "ECDSA P-521", EVP_sha512, EVP_sha256 },
	{ KEY_RSA,     NULL,         "RSA",         EVP_sha256, NULL },
	{ KEY_ED25519, NULL,         "Ed25519",     NULL,       NULL },
	/* clang-format on */
};

struct key {
	const struct key_form *form;
	EVP_PKEY *pkey;
	uint8_t raw[ED25519_KEY_LEN]; /* Ed25519 only */
	char *kind;
	char fingerprint[DIGEST_TEXT_MAX];
};

DEFINE_AUTO(bio, BIO *, BIO_free_all);
DEFINE_AUTO(md_ctx, EVP_MD_CTX *, EVP_MD_CTX_free);

static enum key_type
type_of(const EVP_PKEY *pkey)
{
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_EC:
		return KEY_ECDSA;
	case EVP_PKEY_RSA:
		return KEY_RSA;
	case EVP_PKEY_ED25519:
		return KEY_ED25519;
	}
	return KEY_NONE;
}

/* The row for this key; a curve by its name only, so that one with parameters
 * of its own has none. */
static const struct key_form *
form_of(const EVP_PKEY *pkey)
{
	enum key_type type = type_of(pkey);
	char group[64] = "";

	if (type == KEY_ECDSA &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (forms[i].type == type &&
		    (forms[i].group == NULL ||
			strcmp(forms[i].group, group) == 0))
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

/* Explicit curve parameters may name a curve and be another. */
static bool
has_named_curve(const EVP_PKEY *pkey)
{
	char encoding[32] = "";

	return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING,
		   encoding, sizeof(encoding), NULL) == 1 &&
	       strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0;
}

static int
check_key(EVP_PKEY *pkey, struct err *e)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (type_of(pkey) == KEY_ECDSA && !has_named_curve(pkey))
		return err_set(e, ERR_CONFIG,
		    "ECDSA key without a named curve is not accepted");
	if (form_of(pkey) == NULL)
		return err_set(e, ERR_CONFIG,
		    "key of type %.40s is not supported: use ECDSA P-256, P-384 or P-521, RSA, or Ed25519",
		    EVP_PKEY_get0_type_name(pkey) == NULL
			? "unknown"
			: EVP_PKEY_get0_type_name(pkey));
	if (type_of(pkey) == KEY_RSA)
		return check_rsa(pkey, e);
	ctx = EVP_PKEY_CTX_new(pkey, NULL);
	ok = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	if (!ok)
		return err_set(e, ERR_CONFIG,
		    "public key is not a point of its curve");
	return 0;
}

static int
set_fingerprint(struct key *key, struct err *e)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key->pkey, &der);

	if (len <= 0)
		return err_set(e, ERR_CRYPTO, "cannot encode the public key");
	digest_of(slice_of(der, (size_t)len), key->fingerprint);
	OPENSSL_free(der);
	return 0;
}

static int
fill(struct key *key, struct err *e)
{
	size_t len = sizeof(key->raw);

	if (check_key(key->pkey, e) < 0 || set_fingerprint(key, e) < 0)
		return -1;
	key->form = form_of(key->pkey);
	if (key->form->type == KEY_ED25519 &&
	    (EVP_PKEY_get_raw_public_key(key->pkey, key->raw, &len) != 1 ||
		len != sizeof(key->raw)))
		return err_set(e, ERR_CRYPTO, "cannot read the Ed25519 key");
	key->kind = key->form->type == KEY_RSA
			? str_printf("RSA %d", EVP_PKEY_get_bits(key->pkey))
			: mem_strdup(key->form->kind);
	return 0;
}

int
key_from_pem(struct slice pem, struct key **ret, struct err *e)
{
	AUTO(key) struct key *key = MEM_NEW(struct key);
	AUTO(bio) BIO *bio = NULL;
	int r;

	if (pem.len > PEM_MAX)
		return err_set(e, ERR_CONFIG,
		    "public key is larger than %u KiB", PEM_MAX >> 10);
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (bio == NULL)
		return err_set(e, ERR_CRYPTO, "cannot read the public key");
	key->pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	r = key->pkey != NULL
		? fill(key, e)
		: err_set(e, ERR_CONFIG, "no valid PEM public key");
	ERR_clear_error();
	if (r < 0)
		return -1;
	*ret = TAKE(key);
	return 0;
}

/* 1 is the only yes.  0 is a bad signature, below 0 a broken one. */
static bool
verifies_with(const struct key *key, const EVP_MD *hash, struct slice msg,
    struct slice sig)
{
	AUTO(md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *params = NULL;

	if (ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, &params, hash, NULL, key->pkey) != 1)
		return false;
	if (key->form->type == KEY_RSA &&
	    EVP_PKEY_CTX_set_rsa_padding(params, RSA_PKCS1_PADDING) != 1)
		return false;
	return EVP_DigestVerify(ctx, sig.ptr, sig.len, msg.ptr, msg.len) == 1;
}

static bool
verifies(const struct key *key, struct slice msg, struct slice sig)
{
	if (sig.len == 0 || sig.len > SIGNATURE_MAX)
		return false;
	if (key->form->type == KEY_ED25519)
		return ed25519_verify(key->raw, msg, sig) ||
		       ed25519ph_verify(key->raw, msg, sig);
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

void
key_free(struct key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key->kind);
	free(key);
}

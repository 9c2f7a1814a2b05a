/* Public keys out of their DER. */
#include "trust/spki.h"

#include <openssl/asn1t.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>

typedef struct {
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *key;
} SPKI;

typedef struct {
	BIGNUM *modulus;
	BIGNUM *exponent;
} RSA_NUMBERS;

/* clang-format off */
ASN1_SEQUENCE(SPKI) = {
	ASN1_SIMPLE(SPKI, algorithm, X509_ALGOR),
	ASN1_SIMPLE(SPKI, key, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(SPKI)

ASN1_SEQUENCE(RSA_NUMBERS) = {
	ASN1_SIMPLE(RSA_NUMBERS, modulus, BIGNUM),
	ASN1_SIMPLE(RSA_NUMBERS, exponent, BIGNUM),
} static_ASN1_SEQUENCE_END(RSA_NUMBERS)
/* clang-format on */

static void
free_spki(SPKI *s)
{
	ASN1_item_free((ASN1_VALUE *)s, ASN1_ITEM_rptr(SPKI));
}

static void
free_numbers(RSA_NUMBERS *n)
{
	ASN1_item_free((ASN1_VALUE *)n, ASN1_ITEM_rptr(RSA_NUMBERS));
}

DEFINE_AUTO(asn1_spki, SPKI *, free_spki);
DEFINE_AUTO(asn1_numbers, RSA_NUMBERS *, free_numbers);
DEFINE_AUTO(param_bld, OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
DEFINE_AUTO(params, OSSL_PARAM *, OSSL_PARAM_free);
DEFINE_AUTO(pkey_ctx, EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

/* A value of this type, and no byte that its one encoding does not have. */
static void *
read_der(const ASN1_ITEM *item, const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	unsigned char *again = NULL;
	ASN1_VALUE *value = ASN1_item_d2i(NULL, &at, (long)len, item);
	int again_len = value == NULL ? -1 : ASN1_item_i2d(value, &again, item);
	bool same = again_len >= 0 && (size_t)again_len == len &&
		    memcmp(again, der, len) == 0;

	OPENSSL_free(again);
	if (same)
		return value;
	ASN1_item_free(value, item);
	return NULL;
}

/* The library makes the key of the numbers, and checks that it is one. */
static int
make_key(const char *type, OSSL_PARAM_BLD *build, EVP_PKEY **ret)
{
	AUTO(params) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	AUTO(pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, ret, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return -1;
	return 0;
}

static int
no_key(struct err *e)
{
	return err_set(e, ERR_CONFIG, "no valid public key");
}

static int
not_supported(const char *kind, struct err *e)
{
	return err_set(e, ERR_CONFIG,
	    "key of type %.40s is not supported: use ECDSA P-256, P-384 or P-521, RSA, or Ed25519",
	    kind);
}

static int
read_ecdsa(int parameter_type, const void *parameter,
    const ASN1_BIT_STRING *key, struct spki *ret, struct err *e)
{
	AUTO(param_bld) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	const char *group;

	if (parameter_type != V_ASN1_OBJECT)
		return err_set(e, ERR_CONFIG,
		    "ECDSA key without a named curve is not accepted");
	ret->curve = OBJ_obj2nid(parameter);
	group = OBJ_nid2sn(ret->curve);
	if (ret->curve != NID_X9_62_prime256v1 && ret->curve != NID_secp384r1 &&
	    ret->curve != NID_secp521r1)
		return not_supported(group == NULL ? "ECDSA" : group, e);
	if (build == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
		group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
		ASN1_STRING_get0_data(key),
		(size_t)ASN1_STRING_length(key)) != 1 ||
	    make_key("EC", build, &ret->pkey) < 0)
		return no_key(e);
	ret->type = SPKI_ECDSA;
	return 0;
}

static int
read_numbers(struct slice der, struct spki *ret, struct err *e)
{
	AUTO(param_bld) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	AUTO(asn1_numbers)
	RSA_NUMBERS *n =
	    read_der(ASN1_ITEM_rptr(RSA_NUMBERS), der.ptr, der.len);

	if (n == NULL || BN_is_negative(n->modulus) ||
	    BN_is_negative(n->exponent))
		return no_key(e);
	if (build == NULL ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n->modulus) !=
		1 ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, n->exponent) !=
		1 ||
	    make_key("RSA", build, &ret->pkey) < 0)
		return no_key(e);
	ret->type = SPKI_RSA;
	return 0;
}

static int
read_rsa(int parameter_type, const ASN1_BIT_STRING *key, struct spki *ret,
    struct err *e)
{
	if (parameter_type != V_ASN1_NULL)
		return no_key(e);
	return read_numbers(slice_of(ASN1_STRING_get0_data(key),
				(size_t)ASN1_STRING_length(key)),
	    ret, e);
}

/* SHA-256, MGF1 with SHA-256, a salt of 32 bytes (RFC 4055, 3.1), and nothing
 * else; without parameters they are those. */
static bool
are_pss_parameters(int type, const ASN1_STRING *parameter)
{
	static const uint8_t accepted[] = { 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a,
		0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20 };

	if (type == V_ASN1_UNDEF)
		return true;
	return type == V_ASN1_SEQUENCE &&
	       slice_equal(slice_of(ASN1_STRING_get0_data(parameter),
			       (size_t)ASN1_STRING_length(parameter)),
		   slice_of(accepted, sizeof(accepted)));
}

static int
read_rsa_pss(int parameter_type, const ASN1_STRING *parameter,
    const ASN1_BIT_STRING *key, struct spki *ret, struct err *e)
{
	if (!are_pss_parameters(parameter_type, parameter))
		return not_supported("RSASSA-PSS with other parameters", e);
	if (read_numbers(slice_of(ASN1_STRING_get0_data(key),
			     (size_t)ASN1_STRING_length(key)),
		ret, e) < 0)
		return -1;
	ret->type = SPKI_RSA_PSS;
	return 0;
}

int
spki_read_pkcs1(struct slice der, struct spki *ret, struct err *e)
{
	*ret = (struct spki){ 0 };
	return read_numbers(der, ret, e);
}

/* No key of OpenSSL's is made: libsodium takes the 32 bytes. */
static int
read_ed25519(int parameter_type, const ASN1_BIT_STRING *key, struct spki *ret,
    struct err *e)
{
	if (parameter_type != V_ASN1_UNDEF ||
	    ASN1_STRING_length(key) != (int)sizeof(ret->raw))
		return no_key(e);
	memcpy(ret->raw, ASN1_STRING_get0_data(key), sizeof(ret->raw));
	ret->type = SPKI_ED25519;
	return 0;
}

int
spki_read(struct slice der, struct spki *ret, struct err *e)
{
	AUTO(asn1_spki)
	SPKI *s = read_der(ASN1_ITEM_rptr(SPKI), der.ptr, der.len);
	const ASN1_OBJECT *algorithm;
	const void *parameter;
	int parameter_type, nid;
	const char *name;

	*ret = (struct spki){ 0 };
	if (s == NULL)
		return no_key(e);
	X509_ALGOR_get0(&algorithm, &parameter_type, &parameter, s->algorithm);
	nid = OBJ_obj2nid(algorithm);
	if (nid == NID_X9_62_id_ecPublicKey)
		return read_ecdsa(parameter_type, parameter, s->key, ret, e);
	if (nid == NID_rsaEncryption)
		return read_rsa(parameter_type, s->key, ret, e);
	if (nid == NID_rsassaPss)
		return read_rsa_pss(parameter_type, parameter, s->key, ret, e);
	if (nid == NID_ED25519)
		return read_ed25519(parameter_type, s->key, ret, e);
	name = OBJ_nid2sn(nid);
	return not_supported(name == NULL ? "unknown" : name, e);
}

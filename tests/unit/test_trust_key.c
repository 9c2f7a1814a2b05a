#include "trust/key.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "base/json.h"
#include "signing.h"

static const struct kind {
	const char *name, *kind;
	EVP_PKEY *(*make)(void);
	const EVP_MD *(*hash)(void), *(*other)(void), *(*wrong)(void);
} kinds[];

static EVP_PKEY *
make_p256(void)
{
	return EVP_EC_gen("P-256");
}

static EVP_PKEY *
make_p384(void)
{
	return EVP_EC_gen("P-384");
}

static EVP_PKEY *
make_p521(void)
{
	return EVP_EC_gen("P-521");
}

static EVP_PKEY *
make_rsa(void)
{
	return EVP_RSA_gen(2048);
}

static EVP_PKEY *
make_ed25519(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static const struct kind kinds[] = {
	{ "P-256", "ECDSA P-256", make_p256, EVP_sha256, NULL, EVP_sha384 },
	{ "P-384", "ECDSA P-384", make_p384, EVP_sha384, EVP_sha256,
	    EVP_sha512 },
	{ "P-521", "ECDSA P-521", make_p521, EVP_sha512, EVP_sha256,
	    EVP_sha384 },
	{ "RSA", "RSA 2048", make_rsa, EVP_sha256, NULL, EVP_sha512 },
	{ "Ed25519", "Ed25519", make_ed25519, NULL, NULL, NULL },
};

TEST(the_key_decides_the_hash)
{
	struct slice msg = slice_str("a message");
	struct err e;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct kind *k = &kinds[i];
		EVP_PKEY *pkey = k->make();
		AUTO(key) struct key *key = key_of(pkey);
		AUTO(buf) struct buf sig = buf_with_max(1024);

		printf("# %s\n", k->name);
		CHECK_STR(key_kind(key), k->kind);
		CHECK(str_starts(key_fingerprint(key), "sha256:"));
		sign_raw(pkey, k->hash == NULL ? NULL : k->hash(), msg, &sig);
		CHECK_OK(key_verify(key, msg, buf_slice(&sig), &e), &e);
		CHECK_ERR(key_verify(key, slice_str("a messagE"),
			      buf_slice(&sig), &e),
		    &e, ERR_BAD_SIGNATURE);
		if (k->other != NULL) {
			sign_raw(pkey, k->other(), msg, &sig);
			CHECK_OK(key_verify(key, msg, buf_slice(&sig), &e), &e);
		}
		if (k->wrong != NULL) {
			sign_raw(pkey, k->wrong(), msg, &sig);
			CHECK_ERR(key_verify(key, msg, buf_slice(&sig), &e), &e,
			    ERR_BAD_SIGNATURE);
		}
		EVP_PKEY_free(pkey);
	}
}

TEST(every_flipped_bit_is_refused)
{
	struct slice msg = slice_str("a message");
	struct err e;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		EVP_PKEY *pkey = kinds[i].make();
		AUTO(key) struct key *key = key_of(pkey);
		AUTO(buf) struct buf sig = buf_with_max(1024);
		size_t good = 0;

		sign_raw(pkey, kinds[i].hash == NULL ? NULL : kinds[i].hash(),
		    msg, &sig);
		for (size_t bit = 0; bit < sig.len * 8; bit++) {
			sig.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
			good += key_verify(key, msg, buf_slice(&sig), &e) == 0;
			sig.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		CHECK_INT(good, 0);
		CHECK(key_verify(key, msg, slice_of(sig.ptr, sig.len - 1), &e) <
		      0);
		CHECK(key_verify(key, msg, slice_of(NULL, 0), &e) < 0);
		CHECK(buf_puts(&sig, "x") == 0);
		CHECK(key_verify(key, msg, buf_slice(&sig), &e) < 0);
		EVP_PKEY_free(pkey);
	}
}

static EVP_PKEY *
make_explicit(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	CHECK(
	    EVP_PKEY_set_utf8_string_param(pkey, "encoding", "explicit") == 1);
	return pkey;
}

static EVP_PKEY *
make_p224(void)
{
	return EVP_EC_gen("P-224");
}

static EVP_PKEY *
make_k1(void)
{
	return EVP_EC_gen("secp256k1");
}

static EVP_PKEY *
make_rsa_small(void)
{
	return EVP_RSA_gen(1024);
}

static EVP_PKEY *
make_rsa_large(void)
{
	return EVP_RSA_gen(4104);
}

static EVP_PKEY *
make_ed448(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
}

static EVP_PKEY *
make_x25519(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
}

TEST(keys_that_are_not_taken)
{
	static const struct {
		const char *name, *says;
		EVP_PKEY *(*make)(void);
	} cases[] = {
		{ "explicit parameters", "without a named curve",
		    make_explicit },
		{ "P-224", "not supported", make_p224 },
		{ "secp256k1", "not supported", make_k1 },
		{ "RSA 1024", "RSA key of 1024 bits", make_rsa_small },
		{ "RSA 4104", "RSA key of 4104 bits", make_rsa_large },
		{ "Ed448", "not supported", make_ed448 },
		{ "X25519", "not supported", make_x25519 },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		EVP_PKEY *pkey = cases[i].make();
		AUTO(str) char *pem = pem_of(pkey);
		AUTO(key) struct key *key = NULL;

		printf("# %s\n", cases[i].name);
		CHECK_ERR(key_from_pem(slice_str(pem), &key, &e), &e,
		    ERR_CONFIG);
		CHECK(key == NULL);
		if (strstr(e.msg, cases[i].says) == NULL)
			FAIL("%s", e.msg);
		EVP_PKEY_free(pkey);
	}
}

TEST(texts_that_are_no_key)
{
	static const char *const bad[] = { "", "x",
		"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n" };
	AUTO(buf) struct buf large = buf_with_max(100000);
	AUTO(key) struct key *key = NULL;
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK_ERR(key_from_pem(slice_str(bad[i]), &key, &e), &e,
		    ERR_CONFIG);
	while (buf_puts(&large, "-----BEGIN PUBLIC KEY-----\n") == 0)
		;
	CHECK_ERR(key_from_pem(buf_slice(&large), &key, &e), &e, ERR_CONFIG);
}

/* RFC 8032 section 7.3: Ed25519ph, the message "abc". */
TEST(ed25519ph_of_rfc_8032)
{
	static const uint8_t raw[32] = { 0xec, 0x17, 0x2b, 0x93, 0xad, 0x5e,
		0x56, 0x3b, 0xf4, 0x93, 0x2c, 0x70, 0xe1, 0x24, 0x50, 0x34,
		0xc3, 0x54, 0x67, 0xef, 0x2e, 0xfd, 0x4d, 0x64, 0xeb, 0xf8,
		0x19, 0x68, 0x34, 0x67, 0xe2, 0xbf };
	static const uint8_t sig[64] = { 0x98, 0xa7, 0x02, 0x22, 0xf0, 0xb8,
		0x12, 0x1a, 0xa9, 0xd3, 0x0f, 0x81, 0x3d, 0x68, 0x3f, 0x80,
		0x9e, 0x46, 0x2b, 0x46, 0x9c, 0x7f, 0xf8, 0x76, 0x39, 0x49,
		0x9b, 0xb9, 0x4e, 0x6d, 0xae, 0x41, 0x31, 0xf8, 0x50, 0x42,
		0x46, 0x3c, 0x2a, 0x35, 0x5a, 0x20, 0x03, 0xd0, 0x62, 0xad,
		0xf5, 0xaa, 0xa1, 0x0b, 0x8c, 0x61, 0xe6, 0x36, 0x06, 0x2a,
		0xaa, 0xd1, 0x1c, 0x2a, 0x26, 0x08, 0x34, 0x06 };
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, 32);
	AUTO(key) struct key *key = key_of(pkey);
	struct err e;

	CHECK_OK(key_verify(key, slice_str("abc"), slice_of(sig, 64), &e), &e);
	CHECK_ERR(key_verify(key, slice_str("abd"), slice_of(sig, 64), &e), &e,
	    ERR_BAD_SIGNATURE);
	EVP_PKEY_free(pkey);
}

static void
unhex(const char *hex, struct buf *ret)
{
	for (size_t i = 0; hex[i] != '\0'; i += 2) {
		char pair[3] = { hex[i], hex[i + 1], '\0' };
		uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);

		CHECK(buf_append(ret, &byte, 1) == 0);
	}
}

/* Which key a group's numbers are put into. */
enum how { AS_IT_IS, AS_PKCS1, AS_PSS };

/* An AlgorithmIdentifier of RSASSA-PSS without parameters, and a BIT STRING
 * around an RSAPublicKey of 2048 bits. */
#define PSS_HEAD "30820120300b06092a864886f70d01010a0382010f00"

static int
read_key(const struct json *group, enum how how, struct key **ret,
    struct err *e)
{
	AUTO(buf) struct buf der = buf_with_max(10000);

	if (how != AS_PSS)
		return key_from_pem(slice_str(
					json_get_text(group, "publicKeyPem")),
		    ret, e);
	unhex(PSS_HEAD, &der);
	unhex(json_get_text(group, "publicKeyAsn"), &der);
	return key_from_der(buf_slice(&der), ret, e);
}

/* One test of a group.  True if the result is as the vector says. */
static bool
agrees(const struct key *key, const struct json *test, enum how how)
{
	AUTO(buf) struct buf msg = buf_with_max(1 << 20);
	AUTO(buf) struct buf sig = buf_with_max(1 << 20);
	const char *want = json_get_text(test, "result");
	struct err e;
	bool good;

	unhex(json_get_text(test, "msg"), &msg);
	unhex(json_get_text(test, "sig"), &sig);
	good = key_verify(key, buf_slice(&msg), buf_slice(&sig), &e) == 0;
	/* One of the PSS vectors is a PKCS#1 signature, which is not PSS. */
	if (how == AS_PKCS1)
		return good == str_starts(json_get_text(test, "comment"),
				   "PKCS #1 v1.5 signature with SHA-256");
	/* "acceptable" is legacy encoding: either answer is right. */
	return strcmp(want, "acceptable") == 0 ||
	       good == (strcmp(want, "valid") == 0);
}

static void
run_wycheproof(const char *name, enum how how)
{
	AUTO(str)
	char *path = str_printf("%s/wycheproof/%s_test.json", vectors(), name);
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(json) struct json *doc = NULL;
	const struct json *groups, *tests;
	size_t ran = 0, wrong = 0;
	struct err e;

	if (file_read(path, 32u << 20, &text, &e) < 0 ||
	    json_parse(buf_slice(&text), &doc, &e) < 0) {
		FAIL("%s (set VECTORS, see tests/README.md)", e.msg);
		return;
	}
	groups = json_get(doc, "testGroups");
	for (size_t i = 0; i < json_count(groups); i++) {
		const struct json *g = json_at(groups, i);
		AUTO(key) struct key *key = NULL;

		CHECK_OK(read_key(g, how, &key, &e), &e);
		tests = json_get(g, "tests");
		for (size_t k = 0; key != NULL && k < json_count(tests); k++) {
			ran++;
			if (agrees(key, json_at(tests, k), how))
				continue;
			wrong++;
			FAIL("%s: %s", name,
			    json_get_text(json_at(tests, k), "comment"));
		}
	}
	printf("# %s: %zu vectors\n", name, ran);
	CHECK(ran > 50);
	CHECK_INT(wrong, 0);
}

TEST(wycheproof_ecdsa_p256)
{
	run_wycheproof("ecdsa_secp256r1_sha256", AS_IT_IS);
}

TEST(wycheproof_ecdsa_p384)
{
	run_wycheproof("ecdsa_secp384r1_sha384", AS_IT_IS);
}

TEST(wycheproof_ed25519)
{
	run_wycheproof("ed25519", AS_IT_IS);
}

TEST(wycheproof_rsa)
{
	run_wycheproof("rsa_signature_2048_sha256", AS_IT_IS);
}

/* A key that does not say that it is for PSS is not. */
TEST(rsa_pss_is_not_pkcs1)
{
	run_wycheproof("rsa_pss_2048_sha256_mgf1_32", AS_PKCS1);
}

TEST(wycheproof_rsa_pss)
{
	run_wycheproof("rsa_pss_2048_sha256_mgf1_32", AS_PSS);
}

TEST_MAIN

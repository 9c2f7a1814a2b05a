#include "keys/keys.h"

#include <unistd.h>

#include "signing.h"

TEST(all_keys_of_a_text)
{
	EVP_PKEY *a = EVP_EC_gen("P-256"), *b = EVP_EC_gen("P-384");
	AUTO(str) char *pem_a = pem_of(a);
	AUTO(str) char *pem_b = pem_of(b);
	AUTO(str)
	char *both = str_printf("a comment\n%s\r\n# b\n%s", pem_a, pem_b);
	AUTO(key_list) struct key_list keys = { 0 };
	struct err e;

	CHECK_OK(keys_from_pem(both, &keys, &e), &e);
	CHECK_INT(keys.n, 2);
	CHECK_STR(key_kind(keys.items[1]), "ECDSA P-384");
	CHECK_OK(keys_from_pem(pem_a, &keys, &e), &e);
	CHECK_INT(keys.n, 3);
	CHECK_STR(key_fingerprint(keys.items[2]),
	    key_fingerprint(keys.items[0]));
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
}

TEST(what_is_put_there_by_mistake_is_named)
{
	static const char *const cases[][2] = {
		{ "", "-----BEGIN PUBLIC KEY----- is missing" },
		{ "MCowBQYDK2VwAyEA", "is missing" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
		    "a certificate is no public key" },
		{ "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nsecret\n"
		  "-----END ENCRYPTED SIGSTORE PRIVATE KEY-----",
		    "use the .pub file" },
		{ "-----BEGIN PRIVATE KEY-----\nsecret\n"
		  "-----END PRIVATE KEY-----",
		    "a private key" },
		{ "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n"
		  "-----END RSA PUBLIC KEY-----",
		    "a PKCS#1 key" },
		{ "-----BEGIN PGP PUBLIC KEY BLOCK-----\nAAAA\n",
		    "PEM block \"PGP PUBLIC KEY BLOCK\"" },
		{ "-----BEGIN PUBLIC KEY-----\nsecret", "without an end" },
		{ "-----BEGIN PUBLIC KEY", "without an end" },
		{ "-----BEGIN PUBLIC KEY-----\nsecret\n"
		  "-----END PUBLIC KEY-----",
		    "no valid PEM public key" },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(key_list) struct key_list keys = { 0 };

		CHECK_ERR(keys_from_pem(cases[i][0], &keys, &e), &e,
		    ERR_CONFIG);
		CHECK_INT(keys.n, 0);
		if (strstr(e.msg, cases[i][1]) == NULL)
			FAIL("%s", e.msg);
		CHECK(strstr(e.msg, "secret") == NULL);
	}
}

TEST(one_bad_key_spoils_all)
{
	EVP_PKEY *a = EVP_EC_gen("P-256");
	AUTO(str) char *pem = pem_of(a);
	AUTO(str)
	char *text = str_printf(
	    "%s-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
	    pem);
	AUTO(key_list) struct key_list keys = { 0 };
	struct err e;

	CHECK_ERR(keys_from_pem(text, &keys, &e), &e, ERR_CONFIG);
	CHECK_INT(keys.n, 0);
	EVP_PKEY_free(a);
}

TEST(the_number_of_keys_is_bounded)
{
	EVP_PKEY *a = EVP_EC_gen("P-256");
	AUTO(str) char *pem = pem_of(a);
	AUTO(buf) struct buf text = buf_with_max(1 << 20);
	AUTO(key_list) struct key_list keys = { 0 };
	struct err e;

	for (int i = 0; i <= KEYS_MAX; i++)
		CHECK(buf_puts(&text, pem) == 0);
	CHECK_ERR(keys_from_pem(buf_text(&text), &keys, &e), &e, ERR_CONFIG);
	CHECK_STR(e.msg, "more than 64 keys");
	EVP_PKEY_free(a);
}

TEST(files)
{
	char path[] = "/tmp/pullgate-test-XXXXXX";
	int fd = mkstemp(path);
	EVP_PKEY *a = EVP_EC_gen("P-256");
	AUTO(str) char *pem = pem_of(a);
	AUTO(key_list) struct key_list keys = { 0 };
	struct err e;

	CHECK(write(fd, pem, strlen(pem)) == (ssize_t)strlen(pem));
	CHECK_OK(keys_from_file(path, &keys, &e), &e);
	CHECK_INT(keys.n, 1);
	CHECK(write(fd, "\0", 1) == 1);
	CHECK_ERR(keys_from_file(path, &keys, &e), &e, ERR_CONFIG);
	CHECK_INT(keys.n, 1);
	(void)close(fd);
	(void)unlink(path);
	CHECK_ERR(keys_from_file(path, &keys, &e), &e, ERR_SYSTEM);
	EVP_PKEY_free(a);
}

TEST_MAIN

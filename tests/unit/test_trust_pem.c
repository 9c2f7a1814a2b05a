/* PEM blocks, and certificates in them. */
#include "trust/pem.h"

#include <string.h>

#include "test.h"
#include "trust/certificate.h"
#include "trust/root.h"

TEST(blocks_one_after_the_other)
{
	static const char text[] = "before\n-----BEGIN A-----\nAQI=\r\n"
				   "-----END A-----\nbetween\n"
				   "-----BEGIN B C-----\nAw\n==\n"
				   "-----END B C-----";
	struct slice at = slice_str(text);
	AUTO(pem_block) struct pem_block a = { 0 };
	AUTO(pem_block) struct pem_block b = { 0 };
	AUTO(pem_block) struct pem_block none = { 0 };
	struct err e = { 0 };

	CHECK_INT(pem_next(&at, &a, &e), 1);
	CHECK_STR(a.name, "A");
	CHECK(slice_equal(a.der, slice_of("\1\2", 2)));
	CHECK_INT(pem_next(&at, &b, &e), 1);
	CHECK_STR(b.name, "B C");
	CHECK(slice_equal(b.der, slice_of("\3", 1)));
	CHECK_INT(pem_next(&at, &none, &e), 0);
}

TEST(blocks_that_are_broken)
{
	static const char *const cases[] = { "-----BEGIN ", "-----BEGIN A",
		"-----BEGIN A-----", "-----BEGIN A-----\nAQI=\n",
		"-----BEGIN A-----\nAQI=\n-----END B-----",
		"-----BEGIN A-----\n-----END A-----",
		"-----BEGIN A-----\nAQI\n-----END A-----",
		"-----BEGIN A-----\nA: b\n\nAQI=\n-----END A-----",
		"-----BEGIN A-----\nAQJ=\n-----END A-----" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(pem_block) struct pem_block b = { 0 };
		struct slice at = slice_str(cases[i]);
		struct err e = { 0 };

		printf("# %zu\n", i);
		CHECK_INT(pem_next(&at, &b, &e), -1);
		CHECK_INT(e.code, ERR_MALFORMED);
	}
}

TEST(certificates_that_are_none)
{
	static const struct {
		const char *pem, *want;
	} cases[] = {
		{ "", "no PEM certificate: -----BEGIN CERTIFICATE----- is "
		      "missing" },
		{ "-----BEGIN PUBLIC KEY-----\nAQI=\n-----END PUBLIC KEY-----",
		    "PEM block \"PUBLIC KEY\" where \"CERTIFICATE\" is "
		    "expected" },
		{ "-----BEGIN CERTIFICATE-----\nAQI=\n"
		  "-----END CERTIFICATE-----",
		    "no valid certificate" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(certificates) struct certificates list = { 0 };
		struct err e = { 0 };

		CHECK(certificates_from_pem(cases[i].pem, &list, &e) < 0);
		CHECK_STR(e.msg, cases[i].want);
	}
}

TEST(trusted_roots_that_are_none)
{
#define ROOT(more)                                                             \
	"{\"mediaType\":\"application/vnd.dev.sigstore.trustedroot+json;"      \
	"version=0.1\"" more "}"
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "trusted root: no valid JSON" },
		{ "{}", "mediaType \"\" is no trusted root" },
		{ ROOT(",\"tlogs\":{}"), "tlogs must be a list" },
		{ ROOT(",\"tlogs\":[{}]"),
		    "tlogs[0]: publicKey: rawBytes is missing" },
		{ ROOT(",\"tlogs\":[{\"hashAlgorithm\":\"SHA1\"}]"),
		    "hashAlgorithm SHA1 is not supported" },
		{ ROOT(",\"tlogs\":[{\"publicKey\":{\"rawBytes\":\"AQI=\"}}]"),
		    "no valid public key" },
		{ ROOT(",\"certificateAuthorities\":[{}]"),
		    "certificateAuthorities[0]: certChain has 0 certificates" },
		{ ROOT(",\"timestampAuthorities\":[{\"certChain\":"
		       "{\"certificates\":[{\"rawBytes\":\"AQI=\"}]}}]"),
		    "certChain[0]: no valid certificate" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(trust_root) struct trust_root *root = NULL;
		struct err e = { 0 };

		CHECK(
		    trust_root_parse(slice_str(cases[i].text), &root, &e) < 0);
		if (strstr(e.msg, cases[i].want) == NULL)
			FAIL("\"%s\" has no \"%s\"", e.msg, cases[i].want);
	}
}

TEST(an_empty_root_believes_nobody)
{
	AUTO(trust_root) struct trust_root *root = NULL;
	struct err e = { 0 };

	CHECK_OK(trust_root_parse(slice_str(ROOT("")), &root, &e), &e);
	CHECK_INT(root->cas.n + root->tlogs.n + root->ctlogs.n + root->tsas.n,
	    0);
}

TEST_MAIN

#include "image/digest.h"

#include "base/buf.h"
#include "test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* FIPS 180-2, appendices B.1 and C.1, and of nothing. */
#define ABC_256                                                                \
	"sha256:"                                                              \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_512                                                                \
	"sha512:"                                                              \
	"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"     \
	"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
#define EMPTY_256                                                              \
	"sha256:"                                                              \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

TEST(what_is_no_digest)
{
	static const char *const bad[] = {
		"", ":", "sha256", "sha256:", "sha256:" HEX "0", "sha256:0123",
		HEX, "sha512:" HEX, "sha512:" HEX HEX "0", "sha256:" HEX HEX,
		"SHA256:" HEX, "Sha256:" HEX, "sha1:" HEX, "sha384:" HEX,
		"md5:" HEX, "sha256-" HEX, "sha256::" HEX, " sha256:" HEX,
		"sha256: " HEX, "sha256:" HEX "\n", "sha256:" HEX " ",
		"sha256+b64u:" HEX, "sha256:../../../../../../etc/passwd",
		"sha256:"
		"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg",
		"sha256:"
		"0x23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	};

	CHECK(digest_is_valid("sha256:" HEX));
	CHECK(digest_is_valid("sha512:" HEX HEX));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		printf("# %zu\n", i);
		CHECK(!digest_is_valid(bad[i]));
	}
}

/* One byte changed: valid only if it is another lower-case digit. */
TEST(every_byte_of_a_digest_counts)
{
	char text[] = "sha256:" HEX;

	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		char was = text[at];

		for (int byte = 1; byte < 256; byte++) {
			bool hex = byte != 0 &&
				   strchr("0123456789abcdef", byte) != NULL;

			text[at] = (char)byte;
			CHECK(digest_is_valid(text) ==
			      (at < 7 ? (char)byte == was : hex));
		}
		text[at] = was;
	}
}

TEST(known_answers)
{
	static const struct {
		const char *bytes, *digest;
	} cases[] = { { "abc", ABC_256 }, { "abc", ABC_512 },
		{ "", EMPTY_256 } };
	char text[DIGEST_TEXT_MAX];
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_OK(digest_check(slice_str(cases[i].bytes),
			     cases[i].digest, &e),
		    &e);
	digest_of(slice_str("abc"), text);
	CHECK_STR(text, ABC_256);
	CHECK_STR(digest_hex(text), text + 7);
	CHECK_STR(digest_hex(ABC_512), ABC_512 + 7);
	digest_of(slice_of(NULL, 0), text);
	CHECK_STR(text, EMPTY_256);
}

TEST(other_bytes_have_another_digest)
{
	struct err e;

	CHECK_ERR(digest_check(slice_str("abd"), ABC_256, &e), &e,
	    ERR_DIGEST_MISMATCH);
	CHECK(strstr(e.msg, ABC_256) != NULL);
	CHECK_ERR(digest_check(slice_str("abd"), ABC_512, &e), &e,
	    ERR_DIGEST_MISMATCH);
	CHECK_ERR(digest_check(slice_str(""), ABC_256, &e), &e,
	    ERR_DIGEST_MISMATCH);
	CHECK_ERR(digest_check(slice_of("abc", 4), ABC_256, &e), &e,
	    ERR_DIGEST_MISMATCH);
	CHECK_ERR(digest_check(slice_of("abc", 2), ABC_256, &e), &e,
	    ERR_DIGEST_MISMATCH);
}

TEST(every_flipped_bit_is_seen)
{
	static const char sample[] = "{\"schemaVersion\":2,\"layers\":[]}";
	char bytes[sizeof(sample)], want[DIGEST_TEXT_MAX];
	struct err e;

	digest_of(slice_str(sample), want);
	memcpy(bytes, sample, sizeof(bytes));
	CHECK_OK(digest_check(slice_str(bytes), want, &e), &e);
	for (size_t bit = 0; bit < 8 * (sizeof(sample) - 1); bit++) {
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		CHECK_ERR(digest_check(slice_of(bytes, sizeof(sample) - 1),
			      want, &e),
		    &e, ERR_DIGEST_MISMATCH);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
}

/* A digest that is none never matches, and is told apart from a mismatch. */
TEST(nothing_matches_what_is_no_digest)
{
	static const char *const bad[] = {
		"", "sha256:", "abc", ABC_256 "0",
		"md5:900150983cd24fb0d6963f7d28e17f72",
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
	};
	AUTO(buf) struct buf lengthy = buf_with_max(5000);
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK_ERR(digest_check(slice_str("abc"), bad[i], &e), &e,
		    ERR_MALFORMED);
	while (buf_puts(&lengthy, "sha256:") == 0)
		;
	CHECK_ERR(digest_check(slice_str("abc"), buf_text(&lengthy), &e), &e,
	    ERR_MALFORMED);
	CHECK(strlen(e.msg) < 200);
}

TEST(lengths_around_the_block_are_all_different)
{
	char texts[130][DIGEST_TEXT_MAX];
	uint8_t zeros[130] = { 0 };

	for (size_t len = 0; len < COUNT_OF(texts); len++) {
		digest_of(slice_of(zeros, len), texts[len]);
		CHECK(digest_is_valid(texts[len]));
		for (size_t k = 0; k < len; k++)
			CHECK(strcmp(texts[k], texts[len]) != 0);
	}
}

TEST_MAIN

/* Regular expressions, as Go has them, and no more. */
#include "base/regexp.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "test.h"

TEST(whole_and_part)
{
	static const struct {
		const char *pattern, *text;
		bool whole, part;
	} cases[] = {
		{ "a", "a", true, true },
		{ "a", "xay", false, true },
		{ "a|b", "b", true, true },
		{ "a|b", "ab", false, true },
		{ "^a$", "xa", false, false },
		{ "a$", "a\n", false, false },
		{ ".*", "", true, true },
		{ "(?i)ABC", "abc", true, true },
		{ "[[:alpha:]]+\\d{2}", "ab12", true, true },
		{ "\\Qa.b\\E", "axb", false, false },
		{ "https://github\\.com/acme/.+@refs/heads/main",
		    "https://github.com/acme/a/b.yml@refs/heads/main", true,
		    true },
		{ "https://github\\.com/acme/.+",
		    "https://evil.example/https://github.com/acme/x", false,
		    true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(regexp) struct regexp *whole = NULL;
		AUTO(regexp) struct regexp *part = NULL;
		struct err e = { 0 };

		printf("# %s\n", cases[i].pattern);
		CHECK_OK(regexp_new(cases[i].pattern, true, &whole, &e), &e);
		CHECK_OK(regexp_new(cases[i].pattern, false, &part, &e), &e);
		CHECK_INT(regexp_matches(whole, cases[i].text), cases[i].whole);
		CHECK_INT(regexp_matches(part, cases[i].text), cases[i].part);
	}
}

TEST(what_go_does_not_know)
{
	static const char *const patterns[] = { "(", "a**b(", "[", "(?=a)",
		"(?!a)", "(?<=a)b", "(?<!a)b", "(?>a)", "(a)\\1", "a++", "a*+",
		"\\Ka", "\\Xa", "(*UTF8)a", "(?R)", "(?#x)", "\\k<a>", "\\" };

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		AUTO(regexp) struct regexp *r = NULL;
		struct err e = { 0 };

		printf("# %s\n", patterns[i]);
		CHECK_ERR(regexp_new(patterns[i], false, &r, &e), &e,
		    ERR_CONFIG);
	}
}

TEST(a_pattern_that_is_too_long)
{
	char pattern[REGEXP_LEN_MAX + 2];
	AUTO(regexp) struct regexp *r = NULL;
	struct err e = { 0 };

	memset(pattern, 'a', sizeof(pattern));
	pattern[sizeof(pattern) - 1] = '\0';
	CHECK_ERR(regexp_new(pattern, false, &r, &e), &e, ERR_CONFIG);
	pattern[REGEXP_LEN_MAX] = '\0';
	CHECK_OK(regexp_new(pattern, false, &r, &e), &e);
}

/* A pattern that would try for years matches nothing, soon. */
TEST(a_search_that_would_not_end)
{
	AUTO(regexp) struct regexp *r = NULL;
	int64_t begin = clock_mono_ms();
	struct err e = { 0 };
	char text[4096];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	CHECK_OK(regexp_new("(a*)*(a*)*(a|aa)+b", true, &r, &e), &e);
	CHECK(!regexp_matches(r, text));
	CHECK(clock_mono_ms() - begin < 5000);
}

TEST(anchors)
{
	CHECK(regexp_is_anchored("^a$"));
	CHECK(regexp_is_anchored("^(a|b)$"));
	CHECK(regexp_is_anchored("\\Aa\\z"));
	CHECK(!regexp_is_anchored("^a|b$"));
	CHECK(!regexp_is_anchored("a$"));
	CHECK(!regexp_is_anchored("^a"));
	CHECK(!regexp_is_anchored("^a\\$"));
	CHECK(regexp_is_anchored("^[|]$"));
}

TEST_MAIN

/* Our own wildcards. */
#include "policy/glob.h"

#include "base/auto.h"
#include "base/clock.h"
#include "test.h"

static void
check(const char *pattern, const char *text, bool want)
{
	if (glob_match(pattern, text) != want)
		FAIL("\"%s\" %s \"%s\"", pattern,
		    want ? "should match" : "should not match", text);
}

TEST(what_matches)
{
	static const char *const cases[][2] = {
		/* clang-format off */
		{ "", "" },
		{ "*", "" }, { "**", "" }, { "*", "a" }, { "**", "a/b/c" },
		{ "a", "a" }, { "a?c", "abc" }, { "???", "abc" },
		{ "a*", "a" }, { "a*", "abc" }, { "*c", "abc" },
		{ "a*c", "ac" }, { "a*c", "abcbc" }, { "*b*", "abc" },
		{ "*/*", "a/b" }, { "*/*", "/" },
		{ "r.example.com/*", "r.example.com/app" },
		{ "r.example.com/**", "r.example.com/team/app" },
		{ "r.example.com/**/app", "r.example.com/a/b/app" },
		{ "**/app", "r.example.com/team/app" },
		{ "**/app:*", "r.example.com/team/app:1.2" },
		{ "**/a*b/c", "x/ab/ayb/c" },
		{ "*.example.com/**", "a.b.example.com/app" },
		{ "**a*b", "a/b/axb" }, { "**a*b*c", "a/ab/a/abc" },
		{ "**aab", "aaaaab" }, { "*aab", "aaaaab" },
		{ "a**b**c", "a/b/b/c" }, { "a***b", "a/x/b" },
		{ "prod-*", "prod-" }, { "**@sha256:*", "r/a@sha256:00" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(cases[i][0], cases[i][1], true);
}

TEST(what_does_not)
{
	static const char *const cases[][2] = {
		/* clang-format off */
		{ "", "a" }, { "a", "" }, { "?", "" }, { "?", "/" },
		{ "a", "A" }, { "a", "ab" }, { "ab", "a" },
		{ "*", "a/b" }, { "*", "/" }, { "a*c", "a/c" },
		{ "a?c", "a/c" }, { "*/*", "a/b/c" }, { "*/*", "a" },
		{ "r.example.com/*", "r.example.com/team/app" },
		{ "r.example.com/**", "r.example.com" },
		{ "r.example.com/**", "r.example.com.evil.org/app" },
		{ "*.example.com/**", "evil.org/x.example.com/app" },
		{ "r.example.com/**", "rxexample.com/app" },
		{ "**/app", "app" }, { "**/app", "r/app/x" },
		{ "**a*b", "a/b" }, { "**a*b", "ab/c" },
		{ "a**b", "a/b/c" }, { "[ab]", "a" }, { "\\*", "*x" },
		{ "{a,b}", "a" }, { "prod-*", "prod" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(cases[i][0], cases[i][1], false);
}

/*
 * The definition, tried out in full: row[i] says whether the first i tokens of
 * the pattern match the text so far.
 */
static bool
match_by_definition(const char *p, const char *text)
{
	bool row[64] = { true };
	char kind[64];
	size_t n = 0;

	for (size_t run; *p != '\0'; p += run) {
		run = strspn(p, "*");
		kind[n++] = run > 1 ? 'D' : run == 1 ? '*' : *p;
		run = run == 0 ? 1 : run;
	}
	for (size_t i = 0; i < n; i++)
		row[i + 1] = row[i] && (kind[i] == '*' || kind[i] == 'D');
	for (; *text != '\0'; text++) {
		bool next[64] = { false };

		for (size_t i = 0; i < n; i++) {
			bool any =
			    kind[i] == 'D' || (kind[i] == '*' && *text != '/');
			bool one =
			    kind[i] == '?' ? *text != '/' : kind[i] == *text;

			if (kind[i] == 'D' || kind[i] == '*')
				next[i + 1] = next[i] || (any && row[i + 1]);
			else
				next[i + 1] = one && row[i];
		}
		memcpy(row, next, sizeof(row));
	}
	return row[n];
}

static void
fill(char *to, size_t len, const char *alphabet, unsigned *seed)
{
	size_t n = strlen(alphabet);

	for (size_t i = 0; i < len; i++) {
		*seed = *seed * 1103515245u + 12345u;
		to[i] = alphabet[(*seed >> 16) % n];
	}
	to[len] = '\0';
}

TEST(the_search_agrees_with_the_definition)
{
	char pattern[16], text[16];
	unsigned seed = 1;
	size_t matched = 0;

	for (unsigned i = 0; i < 400000; i++) {
		bool want;

		fill(pattern, i % 9, "ab/**?", &seed);
		fill(text, i / 9 % 10, "aab/", &seed);
		want = match_by_definition(pattern, text);
		matched += want;
		if (glob_match(pattern, text) != want) {
			check(pattern, text, want);
			return;
		}
	}
	CHECK(matched > 20000);
}

/* Texts made of one piece again and again. */
static void
repeat(char *to, size_t len, const char *head, const char *piece)
{
	size_t at = strlen(head), n = strlen(piece);

	memcpy(to, head, at);
	for (; at + n <= len; at += n)
		memcpy(to + at, piece, n);
	to[at] = '\0';
}

/* Patterns that make a search with backtracking go on for years. */
TEST(hostile_patterns_end_soon)
{
	static const char *const cases[][3] = {
		{ "**a*", "a", "a" },
		{ "", "*a", "a" },
		{ "", "**a", "a" },
		{ "**", "a*/", "a/" },
		{ "**", "*a*/", "aa/" },
		{ "**a*a", "?", "a" },
		{ "", "**a*", "a" },
		{ "", "**a*", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/" },
	};
	static char pattern[1026], text[4097];
	int64_t start = clock_mono_ms();

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		repeat(pattern, 1000, cases[i][0], cases[i][1]);
		strcat(pattern, "b");
		repeat(text, 4096, "", cases[i][2]);
		if (glob_match(pattern, text))
			FAIL("case %zu matches", i);
	}
	CHECK(clock_mono_ms() - start < 2000);
}

TEST(kyvernos)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "a/b", true },
		{ "a*c", "a/b/c", true },
		{ "a?c", "a/c", true },
		{ "a?c", "ac", false },
		{ "*:latest", "a/b:latest", true },
		{ "*:latest", "a/b:latest2", false },
		{ "a*b*c", "abbc", true },
		{ "a*b*c", "acb", false },
		{ "**", "a", true },
		{ "?*", "", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (wildcard_match(cases[i].pattern, cases[i].text) !=
		    cases[i].want)
			FAIL("\"%s\" on \"%s\"", cases[i].pattern,
			    cases[i].text);
}

TEST(scopes)
{
	static const struct {
		const char *scope, *text;
		bool want;
	} cases[] = {
		{ "", "r.io/a:1", true },
		{ "r.io", "r.io/a:1", true },
		{ "r.io", "r.io:5000/a:1", false },
		{ "r.io", "r.iox/a:1", false },
		{ "r.io/a", "r.io/a:1", true },
		{ "r.io/a", "r.io/a@sha256:0", true },
		{ "r.io/a", "r.io/ab:1", false },
		{ "r.io/a:1", "r.io/a:1", true },
		{ "r.io/a:1", "r.io/a:12", false },
		{ "*.io", "r.io/a:1", true },
		{ "*.io", "r.io:5000/a:1", false },
		{ "*.io:5000", "r.io:5000/a:1", true },
		{ "*.r.io", "r.io/a:1", false },
		{ "*.r.io", "x.y.r.io/a:1", true },
		{ "*.io", ".io/a", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (scope_match(cases[i].scope, cases[i].text) != cases[i].want)
			FAIL("\"%s\" on \"%s\"", cases[i].scope, cases[i].text);
}

TEST_MAIN

#include "http/url.h"

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

TEST(urls_are_taken_apart)
{
	AUTO(url) struct url u = { 0 };
	struct err e;

	CHECK_OK(url_parse("https://R.Example.COM/v2/x?y=1#z", &u, &e), &e);
	CHECK_STR(u.scheme, "https");
	CHECK_STR(u.host, "r.example.com");
	CHECK_STR(u.port, "443");
	CHECK(strchr(u.text, '#') == NULL);
}

TEST(what_is_not_followed)
{
	static const char *const bad[] = { "", "x", "//x", "ftp://x/",
		"file:///etc/passwd", "https://user@x/", "https://u:p@x/",
		"gopher://x", "https://", "javascript:alert(1)",
		"https://x:99999/", "https://x y/" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		AUTO(url) struct url u = { 0 };

		printf("# %s\n", bad[i]);
		CHECK_ERR(url_parse(bad[i], &u, &e), &e, ERR_REGISTRY);
		CHECK(u.text == NULL);
	}
}

TEST(locations_are_resolved)
{
	static const char *const cases[][2] = {
		{ "/other", "https://r.example.com/other" },
		{ "x", "https://r.example.com/v2/x" },
		{ "https://b.example.com/y", "https://b.example.com/y" },
		{ "//c.example.com/z", "https://c.example.com/z" },
		{ "http://r.example.com/p", "http://r.example.com/p" },
	};
	AUTO(url) struct url base = { 0 };
	struct err e;

	CHECK_OK(url_parse("https://r.example.com/v2/a", &base, &e), &e);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(url) struct url u = { 0 };

		CHECK_OK(url_resolve(&base, cases[i][0], &u, &e), &e);
		CHECK_STR(u.text, cases[i][1]);
		CHECK(url_same_origin(&base, &u) == (i < 2));
	}
	for (size_t i = 0; i < 1; i++) {
		AUTO(url) struct url u = { 0 };

		CHECK_ERR(url_resolve(&base, "https://u:p@r.example.com/", &u,
			      &e),
		    &e, ERR_REGISTRY);
	}
}

TEST(ports_are_part_of_an_origin)
{
	AUTO(url) struct url a = { 0 };
	AUTO(url) struct url b = { 0 };
	AUTO(url) struct url c = { 0 };
	struct err e;

	CHECK_OK(url_parse("https://r/", &a, &e), &e);
	CHECK_OK(url_parse("https://R:443/x", &b, &e), &e);
	CHECK_OK(url_parse("https://r:444/", &c, &e), &e);
	CHECK(url_same_origin(&a, &b));
	CHECK(!url_same_origin(&a, &c));
}

TEST(loopback)
{
	static const struct {
		const char *host;
		bool loopback;
	} cases[] = { { "localhost", true }, { "LOCALHOST:5000", true },
		{ "127.0.0.1", true }, { "127.9.9.9:1", true },
		{ "[::1]", true }, { "[::1]:5000", true }, { "[::2]", false },
		{ "128.0.0.1", false }, { "localhost.evil.org", false },
		{ "127.0.0.1.evil.org", false }, { "10.0.0.1", false },
		{ "[::1", false }, { "", false } };

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK(url_host_is_loopback(cases[i].host) == cases[i].loopback);
}

TEST(queries_are_escaped)
{
	AUTO(str) char *text = url_escape("a b&c=d/\xc3\xa4:pull");

	CHECK_STR(text, "a%20b%26c%3Dd%2F%C3%A4%3Apull");
}

TEST_MAIN

#include "image/reference.h"

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define D256 "sha256:" HEX
#define D512 "sha512:" HEX HEX

TEST(names_are_normalised_as_containerd_does)
{
	static const struct {
		const char *text, *want, *registry, *repository, *tag;
	} cases[] = {
		{ "nginx", "docker.io/library/nginx:latest", "docker.io",
		    "library/nginx", "latest" },
		{ "nginx:1.25", "docker.io/library/nginx:1.25", "docker.io",
		    "library/nginx", "1.25" },
		{ "acme/app", "docker.io/acme/app:latest", "docker.io",
		    "acme/app", "latest" },
		{ "docker.io/nginx", "docker.io/library/nginx:latest",
		    "docker.io", "library/nginx", "latest" },
		{ "index.docker.io/acme/app", "docker.io/acme/app:latest",
		    "docker.io", "acme/app", "latest" },
		{ "registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9",
		    "registry.k8s.io", "pause", "3.9" },
		{ "localhost/a", "localhost/a:latest", "localhost", "a",
		    "latest" },
		{ "localhost:5000/a/b:t", "localhost:5000/a/b:t",
		    "localhost:5000", "a/b", "t" },
		{ "[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000", "a",
		    "latest" },
		{ "UPPER/case", "UPPER/case:latest", "UPPER", "case",
		    "latest" },
		{ "r.example.com/a@" D256, "r.example.com/a@" D256,
		    "r.example.com", "a", NULL },
		{ "r.example.com/a:1@" D256, "r.example.com/a@" D256,
		    "r.example.com", "a", "1" },
		{ "r.example.com/a@" D512, "r.example.com/a@" D512,
		    "r.example.com", "a", NULL },
		{ "a.b-c_d__e---f", "docker.io/library/a.b-c_d__e---f:latest",
		    "docker.io", "library/a.b-c_d__e---f", "latest" },
		{ "x:_.-Z", "docker.io/library/x:_.-Z", "docker.io",
		    "library/x", "_.-Z" },
		/* A host by its colon, a port that is a tag. */
		{ "localhost:5000", "docker.io/library/localhost:5000",
		    "docker.io", "library/localhost", "5000" },
		{ "localhost", "docker.io/library/localhost:latest",
		    "docker.io", "library/localhost", "latest" },
		{ "r.example.com", "docker.io/library/r.example.com:latest",
		    "docker.io", "library/r.example.com", "latest" },
		{ "host:1/a", "host:1/a:latest", "host:1", "a", "latest" },
		{ "LOCALHOST/a", "LOCALHOST/a:latest", "LOCALHOST", "a",
		    "latest" },
		{ "localhosts/a", "docker.io/localhosts/a:latest", "docker.io",
		    "localhosts/a", "latest" },
		{ "127.0.0.1:5000/x@" D256, "127.0.0.1:5000/x@" D256,
		    "127.0.0.1:5000", "x", NULL },
		{ "[fe80::1]/a/b", "[fe80::1]/a/b:latest", "[fe80::1]", "a/b",
		    "latest" },
		{ "R.Example.COM/a", "R.Example.COM/a:latest", "R.Example.COM",
		    "a", "latest" },
		{ "0-0.example/a", "0-0.example/a:latest", "0-0.example", "a",
		    "latest" },
		{ "xn--p1ai.example/a", "xn--p1ai.example/a:latest",
		    "xn--p1ai.example", "a", "latest" },
		/* No host name, but containerd takes it for one. */
		{ "my_registry.example.com/a",
		    "my_registry.example.com/a:latest",
		    "my_registry.example.com", "a", "latest" },
		/* docker.io's own rules. */
		{ "index.docker.io/nginx", "docker.io/library/nginx:latest",
		    "docker.io", "library/nginx", "latest" },
		{ "docker.io/library/nginx", "docker.io/library/nginx:latest",
		    "docker.io", "library/nginx", "latest" },
		{ "library/nginx", "docker.io/library/nginx:latest",
		    "docker.io", "library/nginx", "latest" },
		{ "docker.io/a/b/c", "docker.io/a/b/c:latest", "docker.io",
		    "a/b/c", "latest" },
		{ "Docker.io/nginx", "Docker.io/nginx:latest", "Docker.io",
		    "nginx", "latest" },
		{ "docker.io:443/nginx", "docker.io:443/nginx:latest",
		    "docker.io:443", "nginx", "latest" },
		/* An image id with something behind it is a name. */
		{ HEX ":t", "docker.io/library/" HEX ":t", "docker.io",
		    "library/" HEX, "t" },
		{ D256, "docker.io/library/" D256, "docker.io",
		    "library/sha256", HEX },
		{ "a/" HEX, "docker.io/a/" HEX ":latest", "docker.io", "a/" HEX,
		    "latest" },
		{ HEX "0", "docker.io/library/" HEX "0:latest", "docker.io",
		    "library/" HEX "0", "latest" },
		{ "nginx@" D256, "docker.io/library/nginx@" D256, "docker.io",
		    "library/nginx", NULL },
		{ "nginx:1@" D512, "docker.io/library/nginx@" D512, "docker.io",
		    "library/nginx", "1" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(reference) struct reference *ref = NULL;
		struct err e;

		printf("# %s\n", cases[i].text);
		CHECK_OK(reference_parse(slice_str(cases[i].text), &ref, &e),
		    &e);
		if (ref == NULL)
			continue;
		CHECK_STR(ref->text, cases[i].want);
		CHECK_STR(ref->registry, cases[i].registry);
		CHECK_STR(ref->repository, cases[i].repository);
		CHECK(str_equal_null(ref->tag, cases[i].tag));
	}
}

TEST(what_containerd_would_not_take)
{
	static const char *const bad[] = { "", ":", "@", "/", "a//b", "/a",
		"a/", "A", "a/B", "docker.io/Library/x", "a:", "a:b:c", "a b",
		"a@", "a@sha256:12", "a@sha256:" HEX "0",
		"a@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"a@md5:" HEX, "a@sha512:" HEX, "a@" D256 "@" D256, HEX, "-a",
		"a-", "a..b", "a___b", "a._b", ".a/b", "r.example.com:x/a",
		"r.example.com:/a", "-r.example.com/a", "r-.example.com/a",
		"r..example.com/a", "[::1/a", "[zz]/a", "[::1]x/a", "a:-t",
		"a:.t", "../a", "a/../b", "a/./b", "http://r/a", "a\tb", "a\n",
		"r.example.com/\xc3\xa4", "\xff", "r\xc3\xa4.example.com/a",
		"a:t/b", "a%2fb", "a?b", "a#b", "a@sha384:" HEX HEX,
		"a@SHA256:" HEX, "a@sha256+b64:" HEX, "a@" D256 " ",
		"a@" D256 ":t", "a:t@", "@" D256, ":t", "docker.io/", "a_",
		"_a", "a_-b", "a-_b", "a.-b", "my_registry.example.com:5000/a",
		"my__.example.com/a", "[]/a", "[::1]:/a", "[::1]:x/a", "[::1",
		"::1/a", "r.example.com:5000:5000/a", "user@r/a",
		"user:pass@r.example.com/a", "r.example.com.:1/a",
		"r.example.com./a", "\xe2\x84\xaa/a", "a/\xc4\xb0", "a\r", " a",
		"a ", "\ta", "docker://a", "a//", "//a", "r.example.com//a" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		AUTO(reference) struct reference *ref = NULL;

		printf("# %zu\n", i);
		CHECK_ERR(reference_parse(slice_str(bad[i]), &ref, &e), &e,
		    ERR_BAD_REFERENCE);
		CHECK(ref == NULL);
	}
}

TEST(each_refusal_says_what_is_wrong)
{
	static const char *const cases[][2] = {
		{ "", "invalid reference: it is empty" },
		{ "a\xff", "invalid reference: too long, or no plain text" },
		{ HEX, "invalid reference: an image id is no name" },
		{ "a@sha256:12",
		    "invalid reference: no valid digest behind the @" },
		{ "a:-", "invalid reference: no valid tag" },
		{ "r-.example.com/a",
		    "invalid reference: no valid registry host" },
		{ "a/B", "invalid reference: repository name must be "
			 "lower-case" },
		{ "a/b-", "invalid reference: no valid repository name" },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(reference) struct reference *ref = NULL;

		CHECK_ERR(reference_parse(slice_str(cases[i][0]), &ref, &e), &e,
		    ERR_BAD_REFERENCE);
		CHECK_STR(e.msg, cases[i][1]);
	}
}

/* What was normalised is normal: text, name and parts agree. */
TEST(normalising_twice_changes_nothing)
{
	static const char *const names[] = { "nginx", "acme/app:1",
		"localhost:5000/a", "[::1]:5000/a:t", "UPPER/case",
		"index.docker.io/x", "r.example.com/a/b:1@" D256,
		"my_registry.example.com/a", "nginx@" D512 };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		AUTO(reference) struct reference *a = NULL;
		AUTO(reference) struct reference *b = NULL;
		AUTO(str) char *name = NULL;

		CHECK_OK(reference_parse(slice_str(names[i]), &a, &e), &e);
		if (a == NULL)
			continue;
		CHECK_OK(reference_parse(slice_str(a->text), &b, &e), &e);
		if (b == NULL)
			continue;
		CHECK_STR(b->text, a->text);
		CHECK_STR(b->name, a->name);
		CHECK(str_equal_null(b->digest, a->digest));
		name = str_printf("%s/%s", b->registry, b->repository);
		CHECK_STR(b->name, name);
	}
}

/* Any byte in any place: never taken unless it is made of known characters. */
TEST(every_byte_in_every_place)
{
	static const char sample[] = "r.example.com:50/a-b/c_d:t.1";
	static const char known[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-:/";
	char text[sizeof(sample)];
	struct err e;
	size_t taken = 0;

	for (size_t at = 0; at < sizeof(sample) - 1; at++) {
		for (int byte = 0; byte < 256; byte++) {
			AUTO(reference) struct reference *ref = NULL;

			memcpy(text, sample, sizeof(text));
			text[at] = (char)byte;
			if (reference_parse(slice_of(text, sizeof(text) - 1),
				&ref, &e) < 0) {
				CHECK(e.code == ERR_BAD_REFERENCE);
				continue;
			}
			taken++;
			CHECK(byte != 0 && strchr(known, byte) != NULL);
			CHECK(strspn(ref->text, known) == strlen(ref->text));
		}
	}
	CHECK(taken > 500);
}

TEST(a_nul_ends_nothing)
{
	AUTO(reference) struct reference *ref = NULL;
	struct err e;

	CHECK_ERR(reference_parse(slice_of("a\0evil", 6), &ref, &e), &e,
	    ERR_BAD_REFERENCE);
	CHECK_ERR(reference_parse(slice_of("a\0", 2), &ref, &e), &e,
	    ERR_BAD_REFERENCE);
}

static int
parse_of_length(size_t name, size_t tag, struct err *e)
{
	AUTO(buf) struct buf b = buf_with_max(10000);
	AUTO(reference) struct reference *ref = NULL;

	CHECK(buf_puts(&b, "r.example.com/") == 0);
	while (b.len < name)
		CHECK(buf_puts(&b, "a") == 0);
	CHECK(buf_puts(&b, ":") == 0);
	for (size_t i = 0; i < tag; i++)
		CHECK(buf_puts(&b, "t") == 0);
	return reference_parse(buf_slice(&b), &ref, e);
}

TEST(lengths_are_bounded)
{
	struct err e;

	CHECK_OK(parse_of_length(255, 128, &e), &e);
	CHECK_ERR(parse_of_length(256, 1, &e), &e, ERR_BAD_REFERENCE);
	CHECK_ERR(parse_of_length(20, 129, &e), &e, ERR_BAD_REFERENCE);
	CHECK_ERR(parse_of_length(5000, 1, &e), &e, ERR_BAD_REFERENCE);
}

TEST(a_pin_is_name_and_digest)
{
	AUTO(reference) struct reference *ref = NULL;
	AUTO(str) char *pin = NULL;
	struct err e;

	CHECK_OK(reference_parse(slice_str("nginx:1"), &ref, &e), &e);
	pin = reference_pin(ref, D256);
	CHECK_STR(pin, "docker.io/library/nginx@" D256);
}

TEST_MAIN

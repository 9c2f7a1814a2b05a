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
		"a:t/b", "a%2fb", "a?b", "a#b" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		AUTO(reference) struct reference *ref = NULL;

		printf("# %zu\n", i);
		CHECK_ERR(reference_parse(slice_str(bad[i]), &ref, &e), &e,
		    ERR_BAD_REFERENCE);
		CHECK(ref == NULL);
	}
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

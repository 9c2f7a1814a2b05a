#include "image/manifest.h"

#include "base/buf.h"
#include "image/digest.h"
#include "test.h"

#define D                                                                      \
	"sha256:"                                                              \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DESC "{\"mediaType\":\"x/y\",\"digest\":\"" D "\",\"size\":3}"
#define TYPE "\"mediaType\":\"" MEDIA_OCI_MANIFEST "\""

static int
parse(const char *text, const char *content_type, struct err *e)
{
	AUTO(manifest) struct manifest *m = NULL;

	return manifest_parse(slice_str(text), content_type, &m, e);
}

TEST(a_manifest_is_read)
{
	static const char text[] =
	    "{" TYPE ",\"artifactType\":\"a/b\","
	    "\"config\":" DESC ",\"subject\":" DESC
	    ",\"layers\":[{\"mediaType\":\"l\",\"digest\":\"" D
	    "\",\"size\":9,\"annotations\":{\"k\":\"v\"}}],"
	    "\"annotations\":{\"x\":\"y\"}}";
	AUTO(manifest) struct manifest *m = NULL;
	struct err e;

	CHECK_OK(manifest_parse(slice_str(text), MEDIA_OCI_MANIFEST, &m, &e),
	    &e);
	CHECK_STR(m->artifact_type, "a/b");
	CHECK_STR(m->subject.digest, D);
	CHECK_INT(m->layers.n, 1);
	CHECK_INT(m->layers.items[0].size, 9);
	CHECK_STR(str_map_get(&m->layers.items[0].annotations, "k"), "v");
	CHECK_STR(str_map_get(&m->annotations, "x"), "y");
}

TEST(the_type_may_stand_in_either_place)
{
	struct err e;

	CHECK_OK(parse("{\"layers\":[]}", MEDIA_OCI_MANIFEST "; charset=utf-8",
		     &e),
	    &e);
	CHECK_OK(parse("{\"manifests\":[" DESC "]}", MEDIA_DOCKER_LIST, &e),
	    &e);
	CHECK_OK(parse("{" TYPE ",\"layers\":[]}", NULL, &e), &e);
}

TEST(what_is_refused)
{
	static const struct {
		const char *what, *text, *type;
		enum err_code want;
	} cases[] = {
		{ "no type at all", "{\"layers\":[]}", NULL, ERR_MALFORMED },
		{ "a type that disagrees", "{" TYPE ",\"layers\":[]}",
		    MEDIA_OCI_INDEX, ERR_MALFORMED },
		{ "an unknown type", "{\"mediaType\":\"text/html\"}", NULL,
		    ERR_UNSUPPORTED },
		{ "both layers and manifests",
		    "{" TYPE ",\"layers\":[],\"manifests\":[]}", NULL,
		    ERR_MALFORMED },
		{ "no layers", "{" TYPE "}", NULL, ERR_MALFORMED },
		{ "layers no list", "{" TYPE ",\"layers\":{}}", NULL,
		    ERR_MALFORMED },
		{ "a list", "[]", MEDIA_OCI_MANIFEST, ERR_MALFORMED },
		{ "nothing", "", MEDIA_OCI_MANIFEST, ERR_MALFORMED },
		{ "no digest",
		    "{" TYPE ",\"layers\":[{\"mediaType\":\"x\",\"size\":1}]}",
		    NULL, ERR_MALFORMED },
		{ "a digest that is a path",
		    "{" TYPE
		    ",\"layers\":[{\"mediaType\":\"x\",\"digest\":\"sha256:../../x\",\"size\":1}]}",
		    NULL, ERR_MALFORMED },
		{ "a negative size",
		    "{" TYPE ",\"layers\":[{\"mediaType\":\"x\",\"digest\":\"" D
		    "\",\"size\":-1}]}",
		    NULL, ERR_MALFORMED },
		{ "a size that is no number",
		    "{" TYPE ",\"layers\":[{\"mediaType\":\"x\",\"digest\":\"" D
		    "\",\"size\":\"1\"}]}",
		    NULL, ERR_MALFORMED },
		{ "a size too large to be one",
		    "{" TYPE ",\"layers\":[{\"mediaType\":\"x\",\"digest\":\"" D
		    "\",\"size\":9007199254740993}]}",
		    NULL, ERR_MALFORMED },
		{ "an annotation that is no text",
		    "{" TYPE ",\"layers\":[],\"annotations\":{\"a\":1}}", NULL,
		    ERR_MALFORMED },
		{ "a subject without a digest",
		    "{" TYPE ",\"layers\":[],\"subject\":{}}", NULL,
		    ERR_MALFORMED },
		{ "a member twice", "{" TYPE ",\"layers\":[],\"layers\":[]}",
		    NULL, ERR_MALFORMED },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		printf("# %s\n", cases[i].what);
		CHECK_ERR(parse(cases[i].text, cases[i].type, &e), &e,
		    cases[i].want);
	}
}

static int
parse_many(const char *list, const char *type, int n, struct err *e)
{
	AUTO(buf) struct buf b = buf_with_max(MANIFEST_SIZE_MAX);

	CHECK(buf_printf(&b, "{\"%s\":[" DESC, list) == 0);
	for (int i = 1; i < n; i++)
		CHECK(buf_puts(&b, "," DESC) == 0);
	CHECK(buf_puts(&b, "]}") == 0);
	return parse(buf_text(&b), type, e);
}

TEST(lists_are_bounded)
{
	struct err e;

	CHECK_OK(parse_many("layers", MEDIA_OCI_MANIFEST, 1000, &e), &e);
	CHECK_ERR(parse_many("layers", MEDIA_OCI_MANIFEST, 1001, &e), &e,
	    ERR_LIMIT);
	CHECK_STR(e.msg, "more than 1000 layers");
	CHECK_OK(parse_many("manifests", MEDIA_OCI_INDEX, 1000, &e), &e);
	CHECK_ERR(parse_many("manifests", MEDIA_OCI_INDEX, 1001, &e), &e,
	    ERR_LIMIT);
}

TEST(annotations_are_bounded)
{
	AUTO(buf) struct buf b = buf_with_max(MANIFEST_SIZE_MAX);
	struct err e;

	CHECK(buf_puts(&b, "{" TYPE ",\"layers\":[],\"annotations\":{") == 0);
	for (int i = 0; i <= ANNOTATIONS_MAX; i++)
		CHECK(buf_printf(&b, "%s\"k%d\":\"v\"", i == 0 ? "" : ",", i) ==
		      0);
	CHECK(buf_puts(&b, "}}") == 0);
	CHECK_ERR(parse(buf_text(&b), NULL, &e), &e, ERR_LIMIT);
}

TEST(digests)
{
	static const char *const bad[] = { "", "sha256", "sha256:", D "0",
		"sha256:0123",
		"SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg",
		"md5:0123456789abcdef0123456789abcdef", " " D, D "\n" };
	char text[DIGEST_TEXT_MAX];
	struct err e;

	CHECK(digest_is_valid(D));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK(!digest_is_valid(bad[i]));
	/* FIPS 180-2, appendix B.1. */
	digest_of(slice_str("abc"), text);
	CHECK_STR(text,
	    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK_STR(digest_hex(text), text + 7);
	CHECK_OK(digest_check(slice_str("abc"), text, &e), &e);
	CHECK_OK(
	    digest_check(slice_str("abc"),
		"sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		&e),
	    &e);
	CHECK_ERR(digest_check(slice_str("abd"), text, &e), &e,
	    ERR_DIGEST_MISMATCH);
	CHECK_ERR(digest_check(slice_str("abc"), "sha256:1", &e), &e,
	    ERR_MALFORMED);
}

TEST_MAIN

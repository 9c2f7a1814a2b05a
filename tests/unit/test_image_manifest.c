#include "image/manifest.h"

#include "base/buf.h"
#include "base/str.h"
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

/* Readers that are not strict about case, such as Go's, would see another
 * document. */
TEST(a_key_in_another_spelling_is_refused)
{
	static const char *const keys[] = { "Annotations", "ANNOTATIONS",
		"Layers", "mediatype", "MediaType", "Manifests", "con\x66ig2",
		"layer\xc5\xbf", "annotation\xc5\xbf", "Subject",
		"artifacttype", "schemaversion" };

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		AUTO(str)
		char *text =
		    str_printf("{" TYPE ",\"layers\":[],\"%s\":{}}", keys[i]);
		bool harmless = strcmp(keys[i], "config2") == 0;
		struct err e;
		int r = parse(text, NULL, &e);

		printf("# %s\n", keys[i]);
		CHECK_INT(r, harmless ? 0 : -1);
		if (r < 0) {
			CHECK_INT(e.code, ERR_MALFORMED);
			CHECK(strstr(e.msg, "in another way") != NULL);
		}
	}
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

TEST(each_refusal_says_where)
{
	static const char *const cases[][2] = {
		{ "{" TYPE ",\"layers\":[" DESC ",{}]}",
		    "layers[1]: a descriptor has no mediaType or no digest" },
		{ "{" TYPE ",\"layers\":[" DESC "," DESC ",1]}",
		    "layers[2]: a descriptor has no mediaType or no digest" },
		{ "{" TYPE ",\"layers\":[],\"config\":[]}",
		    "config: a descriptor has no mediaType or no digest" },
		{ "{" TYPE ",\"layers\":[],\"subject\":\"x\"}",
		    "subject: a descriptor has no mediaType or no digest" },
		{ "{" TYPE ",\"layers\":[{\"mediaType\":\"x\","
		  "\"digest\":\"md5:00\",\"size\":1}]}",
		    "layers[0]: a descriptor has no valid digest: md5:00" },
		{ "{" TYPE ",\"layers\":[{\"mediaType\":\"x\","
		  "\"digest\":\"" D "\"}]}",
		    "layers[0]: a descriptor has no valid size" },
		{ "{" TYPE ",\"layers\":[{\"mediaType\":\"x\","
		  "\"digest\":\"" D "\",\"size\":1.0}]}",
		    "layers[0]: a descriptor has no valid size" },
		{ "{" TYPE ",\"layers\":[],\"annotations\":[]}",
		    "annotations are no object" },
		{ "{\"mediaType\":\"" MEDIA_OCI_INDEX "\",\"layers\":[]}",
		    "manifests is no list" },
		{ "{" TYPE ",\"manifests\":[]}", "layers is no list" },
		{ "{\"mediaType\":7,\"layers\":[]}",
		    "manifest without a known media type" },
		{ "7", "manifest is no object" },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CHECK_ERR(parse(cases[i][0], NULL, &e), &e, ERR_MALFORMED);
		CHECK_STR(e.msg, cases[i][1]);
	}
}

TEST(what_the_registry_says_must_be_the_whole_type)
{
	static const struct {
		const char *type;
		enum err_code want;
	} cases[] = {
		{ MEDIA_OCI_MANIFEST, ERR_NONE },
		{ MEDIA_OCI_MANIFEST ";charset=utf-8", ERR_NONE },
		{ MEDIA_OCI_MANIFEST " ; x=y", ERR_NONE },
		{ "", ERR_NONE },
		{ MEDIA_OCI_MANIFEST "x", ERR_MALFORMED },
		{ "application/vnd.oci.image.manifest", ERR_MALFORMED },
		{ MEDIA_DOCKER_MANIFEST, ERR_MALFORMED },
		{ "text/html", ERR_MALFORMED },
		{ "application/json", ERR_MALFORMED },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		printf("# %s\n", cases[i].type);
		if (cases[i].want == ERR_NONE)
			CHECK_OK(parse("{" TYPE ",\"layers\":[]}",
				     cases[i].type, &e),
			    &e);
		else
			CHECK_ERR(parse("{" TYPE ",\"layers\":[]}",
				      cases[i].type, &e),
			    &e, cases[i].want);
	}
	CHECK_ERR(parse("{\"layers\":[]}", "text/html", &e), &e, ERR_MALFORMED);
	CHECK_ERR(parse("{\"layers\":[]}", "", &e), &e, ERR_MALFORMED);
}

TEST(all_four_kinds_are_known)
{
	static const struct {
		const char *type, *list;
	} kinds[] = { { MEDIA_OCI_MANIFEST, "layers" },
		{ MEDIA_DOCKER_MANIFEST, "layers" },
		{ MEDIA_OCI_INDEX, "manifests" },
		{ MEDIA_DOCKER_LIST, "manifests" } };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		AUTO(manifest) struct manifest *m = NULL;
		AUTO(str)
		char *text =
		    str_printf("{\"mediaType\":\"%s\",\"%s\":[" DESC "]}",
			kinds[i].type, kinds[i].list);

		CHECK_OK(manifest_parse(slice_str(text), NULL, &m, &e), &e);
		if (m == NULL)
			continue;
		CHECK_STR(m->media_type, kinds[i].type);
		CHECK_INT(m->layers.n + m->manifests.n, 1);
		CHECK_INT(m->manifests.n, kinds[i].list[0] == 'm');
		CHECK(m->config.digest == NULL && m->subject.digest == NULL);
		CHECK(m->artifact_type == NULL);
	}
	/* Schema 1 names layers otherwise, and signs itself. */
	CHECK_ERR(parse("{\"schemaVersion\":1,\"fsLayers\":[]}",
		      "application/vnd.docker.distribution.manifest.v1+json",
		      &e),
	    &e, ERR_MALFORMED);
}

TEST(null_is_absent)
{
	AUTO(manifest) struct manifest *m = NULL;
	struct err e;

	CHECK_OK(manifest_parse(slice_str("{" TYPE ",\"layers\":[],"
					  "\"config\":null,\"subject\":null,"
					  "\"annotations\":null,"
					  "\"artifactType\":null}"),
		     NULL, &m, &e),
	    &e);
	CHECK(m != NULL && m->config.digest == NULL &&
	      m->subject.digest == NULL && m->artifact_type == NULL &&
	      m->annotations.n == 0);
	/* But not where it might hide one list from some readers. */
	CHECK_ERR(parse("{" TYPE ",\"layers\":[],\"manifests\":null}", NULL,
		      &e),
	    &e, ERR_MALFORMED);
}

TEST(every_beginning_of_a_manifest_is_refused)
{
	static const char text[] =
	    "{" TYPE ",\"config\":" DESC ",\"layers\":[" DESC "]}";
	struct err e;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		AUTO(manifest) struct manifest *m = NULL;

		CHECK_ERR(manifest_parse(slice_of(text, len), NULL, &m, &e), &e,
		    ERR_MALFORMED);
		CHECK(m == NULL);
	}
}

TEST(sizes_go_up_to_what_all_readers_agree_on)
{
	static const char head[] =
	    "{" TYPE ",\"layers\":[{\"mediaType\":\"x\",\"digest\":\"" D
	    "\",\"size\":";
	static const struct {
		const char *size;
		bool good;
	} cases[] = { { "0", true }, { "9007199254740992", true },
		{ "9007199254740993", false }, { "-1", false },
		{ "9223372036854775808", false }, { "1e3", false },
		{ "1.5", false }, { "\"1\"", false }, { "null", false } };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str)
		char *text = str_printf("%s%s}]}", head, cases[i].size);

		printf("# %s\n", cases[i].size);
		if (cases[i].good)
			CHECK_OK(parse(text, NULL, &e), &e);
		else
			CHECK_ERR(parse(text, NULL, &e), &e, ERR_MALFORMED);
	}
}

TEST(a_descriptor_is_copied_whole)
{
	AUTO(descriptor) struct descriptor copy = { 0 };
	AUTO(descriptor) struct descriptor empty = { 0 };
	AUTO(manifest) struct manifest *m = NULL;
	struct err e;

	CHECK_OK(manifest_parse(slice_str(
				    "{\"manifests\":[{\"mediaType\":\"x/y\","
				    "\"digest\":\"" D "\",\"size\":3,"
				    "\"artifactType\":\"a/b\","
				    "\"annotations\":{\"k\":\"v\"}}]}"),
		     MEDIA_OCI_INDEX, &m, &e),
	    &e);
	if (m == NULL)
		return;
	descriptor_copy(&copy, &m->manifests.items[0]);
	CHECK(copy.digest != m->manifests.items[0].digest);
	CHECK_STR(copy.media_type, "x/y");
	CHECK_STR(copy.digest, D);
	CHECK_INT(copy.size, 3);
	CHECK_STR(copy.artifact_type, "a/b");
	CHECK_STR(str_map_get(&copy.annotations, "k"), "v");
	descriptor_clear(&copy);
	CHECK(copy.digest == NULL && copy.annotations.n == 0);
	descriptor_copy(&copy, &empty);
	CHECK(copy.digest == NULL && copy.media_type == NULL);
}

TEST(size_and_depth_are_bounded)
{
	AUTO(buf) struct buf b = buf_with_max(MANIFEST_SIZE_MAX + 100);
	struct err e;

	CHECK(buf_puts(&b, "{" TYPE ",\"layers\":[]") == 0);
	while (b.len < MANIFEST_SIZE_MAX - 1)
		CHECK(buf_append(&b, " ", 1) == 0);
	CHECK(buf_puts(&b, "}") == 0);
	CHECK_OK(parse(buf_text(&b), NULL, &e), &e);
	CHECK(buf_puts(&b, " ") == 0);
	CHECK_ERR(parse(buf_text(&b), NULL, &e), &e, ERR_LIMIT);
	CHECK_STR(e.msg, "manifest is larger than 4 MiB");
	buf_reset(&b);
	for (int i = 0; i < 1000; i++)
		CHECK(buf_puts(&b, "{\"a\":") == 0);
	CHECK_ERR(parse(buf_text(&b), NULL, &e), &e, ERR_LIMIT);
	CHECK_STR(e.msg, "manifest: JSON is nested deeper than 64");
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

TEST_MAIN

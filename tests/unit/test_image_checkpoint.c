#include "image/checkpoint.h"

#include "base/auto.h"
#include "test.h"

TEST(annotations_that_tell_of_a_checkpoint)
{
	static const struct {
		const char *key;
		bool want;
	} cases[] = { { "org.criu.checkpoint.container.name", true },
		{ "org.criu.checkpoint.engine.version", true },
		{ "io.kubernetes.cri-o.annotations.checkpoint.name", true },
		{ "org.opencontainers.image.title", false },
		{ "org.criu.checkpoint", false },
		{ "x.org.criu.checkpoint.container.name", false } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str_map) struct str_map from = { 0 };
		AUTO(str_map) struct str_map to = { 0 };

		str_map_set(&from, "other", "1");
		str_map_set(&from, cases[i].key, "2");
		checkpoint_copy(&to, &from);
		printf("# %s\n", cases[i].key);
		CHECK(checkpoint_is_told(&from) == cases[i].want);
		CHECK_INT(to.n, cases[i].want ? 1 : 0);
	}
}

/* Whatever JSON is made of it: the key's letters are there, or escaped. */
TEST(what_cannot_tell_of_a_checkpoint_is_seen_without_reading_it)
{
	static const struct {
		const char *json;
		bool want;
	} cases[] = { { "", false },
		{ "{\"annotations\":{\"a\":\"b\"}}", false },
		{ "{\"Annotations\":{\"org.criu.checkpoint.x\":\"\"}}", true },
		{ "no JSON org.criu.checkpoint.x", true },
		{ "io.kubernetes.cri-o.annotations.checkpoint.name", true },
		{ "{\"annotations\":{\"org.criu.checkpoin\\u0074.x\":1}}",
		    true },
		{ "{\"layers\":[],\"layers\":[]}", false } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		printf("# %s\n", cases[i].json);
		CHECK(checkpoint_may_be_told(slice_str(cases[i].json)) ==
		      cases[i].want);
	}
}

TEST_MAIN

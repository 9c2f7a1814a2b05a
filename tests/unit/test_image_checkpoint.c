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

TEST_MAIN

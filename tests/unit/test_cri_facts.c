#include "cri/facts.h"

#include "test.h"

TEST(versions_that_restore_checkpoints)
{
	static const struct {
		const char *version;
		bool want;
	} cases[] = { { "2.1.0", true }, { "2.1.9+unknown", true },
		{ "v2.1.4", true }, { "2.2.6", true }, { "2.2.7", false },
		{ "2.2.0-rc.1", true }, { "2.3.3", true }, { "2.3.4", false },
		{ "2.4.0", false }, { "2.0.9", false }, { "1.7.20", false },
		{ "1.6.20~ds1", false }, { "", true }, { "devel", true },
		{ "2.2+unknown", true }, { "v2.3-dev", true },
		{ "2.4-dev", false }, { "3.1.0", false } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		printf("# %s\n", cases[i].version);
		CHECK(facts_restores_checkpoints(cases[i].version) ==
		      cases[i].want);
	}
}

TEST(a_short_name_is_docker_io_only_where_the_runtime_is_known_to_think_so)
{
	struct facts *f = facts_new(NULL, NULL);

	CHECK(facts_need_registry(f, UNQUALIFIED_AUTO));
	CHECK(facts_need_registry(f, UNQUALIFIED_DENY));
	CHECK(!facts_need_registry(f, UNQUALIFIED_DOCKER));
	/* Nor is it known to be one that restores no checkpoints. */
	CHECK(facts_may_restore(f));
	facts_free(f);
}

TEST_MAIN

#include "cri/seen.h"

#include "base/mem.h"
#include "test.h"

TEST(what_was_noted_is_found_by_its_whole_id)
{
	struct seen *s = seen_new();
	struct pod pod = { .namespace_ = mem_strdup("prod"),
		.name = mem_strdup("web") };
	struct pod found = { 0 };
	AUTO(present) struct present image = { .id = mem_strdup("sha256:1") };
	AUTO(present) struct present shown = { 0 };

	str_map_set(&pod.labels, "tier", "web");
	str_list_add(&image.digests, "r.example.com/app@sha256:12");
	CHECK(!seen_sandbox(s, "abc", &found));
	seen_note_sandbox(s, "abc", &pod);
	CHECK(!seen_sandbox(s, "ab", &found));
	CHECK(!seen_sandbox(s, "", &found));
	CHECK(seen_sandbox(s, "abc", &found));
	CHECK_STR(found.namespace_, "prod");
	CHECK_STR(str_map_get(&found.labels, "tier"), "web");
	CHECK(found.uid == NULL);
	CHECK(!seen_image(s, "abc", &shown));
	seen_note_image(s, seen_pulls(s), &image);
	CHECK(seen_image(s, "sha256:1", &shown));
	CHECK_INT(shown.digests.n, 1);
	pod_clear(&pod);
	pod_clear(&found);
	seen_free(s);
}

TEST(the_last_ones_are_known_and_each_once)
{
	struct seen *s = seen_new();

	for (int i = 0; i < SEEN_MAX + 10; i++) {
		AUTO(str) char *id = str_printf("id%d", i);
		AUTO(present)
		struct present image = { .id = mem_strdup(id) };

		seen_note_image(s, seen_pulls(s), &image);
		image.checkpoint = true;
		seen_note_image(s, seen_pulls(s), &image);
	}
	for (int i = 0; i < SEEN_MAX + 10; i++) {
		AUTO(str) char *id = str_printf("id%d", i);
		AUTO(present) struct present found = { 0 };

		CHECK(seen_image(s, id, &found) == (i >= 10));
		if (i >= 10)
			CHECK(found.checkpoint);
	}
	seen_free(s);
}

TEST(what_is_too_large_is_not_remembered)
{
	struct seen *s = seen_new();
	AUTO(present) struct present image = { .id = mem_strdup("i") };
	AUTO(present) struct present found = { 0 };
	struct pod pod = { 0 }, known = { 0 };

	for (int i = 0; i <= SEEN_PAIRS_MAX; i++) {
		AUTO(str) char *key = str_printf("k%d", i);

		str_map_set(&pod.labels, key, "v");
		str_list_add(&image.tags, key);
	}
	seen_note_sandbox(s, "p", &pod);
	CHECK(!seen_sandbox(s, "p", &known));
	seen_note_image(s, seen_pulls(s), &image);
	CHECK(!seen_image(s, "i", &found));
	pod_clear(&pod);
	seen_free(s);
}

TEST(images_are_forgotten_with_a_pull_and_sandboxes_are_not)
{
	struct seen *s = seen_new();
	AUTO(present) struct present image = { .id = mem_strdup("i") };
	AUTO(present) struct present found = { 0 };
	AUTO(present) struct present again = { 0 };
	struct pod pod = { 0 }, known = { 0 };
	uint64_t before = seen_pulls(s);

	seen_note_sandbox(s, "p", &pod);
	seen_note_image(s, before, &image);
	CHECK(seen_image(s, "i", &found));
	seen_pull(s);
	CHECK(!seen_image(s, "i", &again));
	CHECK(seen_sandbox(s, "p", &known));
	/* What was said before the pull is no news. */
	seen_note_image(s, before, &image);
	CHECK(!seen_image(s, "i", &again));
	seen_note_image(s, seen_pulls(s), &image);
	CHECK(seen_image(s, "i", &again));
	pod_clear(&known);
	seen_free(s);
}

TEST_MAIN

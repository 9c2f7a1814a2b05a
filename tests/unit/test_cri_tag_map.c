#include "cri/tag_map.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "test.h"

#define D1                                                                     \
	"sha256:"                                                              \
	"1111111111111111111111111111111111111111111111111111111111111111"
#define D2                                                                     \
	"sha256:"                                                              \
	"2222222222222222222222222222222222222222222222222222222222222222"
#define APP "r.example.com/app:1"

static char *
new_path(void)
{
	char path[] = "/tmp/pullgate-tags-XXXXXX";
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	(void)close(fd);
	(void)unlink(path);
	return mem_strdup(path);
}

static void
write_text(const char *path, const char *text)
{
	CHECK(file_replace(path, slice_str(text)) == 0);
}

static const char *
digest_of_tag(const struct tag_map *m, const char *tag)
{
	const struct tag_entry *e = tag_map_get(m, tag);

	return e == NULL ? "none" : e->digest;
}

TEST(a_tag_is_found_again_now_and_after_a_restart)
{
	AUTO(str) char *path = new_path();
	struct tag_map *m = tag_map_open(path);
	struct stat st;

	CHECK(tag_map_get(m, APP) == NULL);
	tag_map_put(m, APP, D1, "id1");
	tag_map_put(m, "r.example.com/b:1", D2, NULL);
	tag_map_put(m, APP, D2, "id2");
	CHECK_STR(digest_of_tag(m, APP), D2);
	CHECK_INT(tag_map_count(m), 2);
	tag_map_close(m);
	m = tag_map_open(path);
	CHECK_STR(digest_of_tag(m, APP), D2);
	CHECK_STR(tag_map_get(m, APP)->id, "id2");
	CHECK_STR(digest_of_tag(m, "r.example.com/b:1"), D2);
	tag_map_drop(m, APP);
	CHECK(tag_map_get(m, APP) == NULL);
	tag_map_close(m);
	m = tag_map_open(path);
	CHECK(tag_map_get(m, APP) == NULL);
	CHECK_INT(tag_map_count(m), 1);
	tag_map_close(m);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	(void)unlink(path);
}

TEST(an_image_that_is_removed_takes_its_tags_along)
{
	static const struct {
		const char *removed;
		size_t left;
	} cases[] = { { "id1", 1 }, { APP, 2 }, { "r.example.com/app@" D1, 2 },
		{ "r.example.com/app@" D2, 3 }, { "id", 3 },
		{ "r.example.com/ap@" D1, 3 }, { "", 3 } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tag_map *m = tag_map_open(NULL);

		tag_map_put(m, APP, D1, "id1");
		tag_map_put(m, "r.example.com/same:1", D1, "id1");
		tag_map_put(m, "r.example.com/b:1", D2, NULL);
		tag_map_drop_image(m, cases[i].removed);
		printf("# %s\n", cases[i].removed);
		CHECK_INT(tag_map_count(m), cases[i].left);
		tag_map_close(m);
	}
}

TEST(what_is_wrong_in_the_file_is_passed_over)
{
	static const char text[] =
	    "{\"tag\":\"" APP "\",\"digest\":\"" D1 "\",\"id\":null}\n"
	    "nonsense\n"
	    "{}\n"
	    "\n"
	    "{\"tag\":\"app\",\"digest\":\"" D1 "\"}\n"
	    "{\"tag\":\"r.example.com/x@" D1 "\",\"digest\":\"" D1 "\"}\n"
	    "{\"tag\":\"r.example.com/c:1\",\"digest\":\"sha256:12\"}\n"
	    "{\"tag\":\"r.example.com/d:1\",\"digest\":7}\n"
	    "{\"tag\":\"r.example.com/e:1\",\"digest\":\"" D1;
	AUTO(str) char *path = new_path();
	struct tag_map *m;

	write_text(path, text);
	m = tag_map_open(path);
	CHECK_INT(tag_map_count(m), 1);
	CHECK_STR(digest_of_tag(m, APP), D1);
	tag_map_put(m, "r.example.com/f:1", D2, NULL);
	tag_map_close(m);
	m = tag_map_open(path);
	CHECK_INT(tag_map_count(m), 2);
	tag_map_close(m);
	(void)unlink(path);
}

TEST(it_is_bounded_and_the_oldest_go)
{
	struct tag_map *m = tag_map_open(NULL);

	for (int i = 0; i < TAG_MAP_MAX + 10; i++) {
		AUTO(str) char *tag = str_printf("r.example.com/app:%d", i);

		tag_map_put(m, tag, D1, NULL);
	}
	CHECK_INT(tag_map_count(m), TAG_MAP_MAX);
	CHECK(tag_map_get(m, "r.example.com/app:9") == NULL);
	CHECK(tag_map_get(m, "r.example.com/app:10") != NULL);
	tag_map_close(m);
}

static off_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

TEST(the_file_is_written_anew_now_and_then)
{
	AUTO(str) char *path = new_path();
	struct tag_map *m = tag_map_open(path);
	off_t one;

	tag_map_put(m, APP, D1, NULL);
	one = size_of(path);
	for (int i = 0; i < 5000; i++)
		tag_map_put(m, APP, i % 2 == 0 ? D2 : D1, NULL);
	CHECK(size_of(path) < one * 1100);
	CHECK_STR(digest_of_tag(m, APP), D1);
	tag_map_close(m);
	m = tag_map_open(path);
	CHECK_STR(digest_of_tag(m, APP), D1);
	CHECK(size_of(path) == one);
	tag_map_close(m);
	(void)unlink(path);
}

TEST(a_file_that_cannot_be_written_costs_its_memory_alone)
{
	struct tag_map *m = tag_map_open("/proc/nowhere/tags");

	tag_map_put(m, APP, D1, NULL);
	CHECK_STR(digest_of_tag(m, APP), D1);
	tag_map_close(m);
}

TEST_MAIN

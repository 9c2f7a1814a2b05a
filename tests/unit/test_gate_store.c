/* Evidence that is kept: found again, bounded, and never taken for what it is
 * not. */
#include "gate/store.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/digest.h"
#include "test.h"

#define DIGEST                                                                 \
	"sha256:1111111111111111111111111111111111111111111111111111111111111111"

static const struct store_key KEY = { "r.example.com/app", DIGEST, NULL,
	false };

static char *
new_directory(void)
{
	char *dir = mem_strdup("/tmp/pullgate-store-XXXXXX");

	CHECK(mkdtemp(dir) != NULL);
	return dir;
}

static void
remove_directory(const char *dir)
{
	AUTO(str) char *command = str_printf("rm -rf %s", dir);

	CHECK_INT(system(command), 0);
}

static struct store *
new_store(const char *dir, uint64_t size)
{
	return store_new(&(struct store_settings){ dir, 3600, 86400, size });
}

/* One item with so many bytes. */
static struct evidence *
new_evidence(const char *digest, size_t bytes)
{
	struct evidence *ev = evidence_new(digest);
	struct evidence_item *item = evidence_add(ev);
	uint8_t *blob = mem_alloc(bytes);
	char blob_digest[DIGEST_TEXT_MAX];

	memset(blob, 'x', bytes);
	digest_of(slice_of(blob, bytes), blob_digest);
	item->source = mem_strdup("r.example.com/app:sha256-1111.sig");
	item->media_type = mem_strdup("application/x");
	item->blob_digest = mem_strdup(blob_digest);
	item->blob = slice_of(blob, bytes);
	str_map_set(&item->annotations, "a", "b");
	return ev;
}

static void
put(struct store *s, const struct store_key *key, size_t bytes)
{
	AUTO(evidence) struct evidence *ev = new_evidence(key->digest, bytes);
	struct descriptor target = { .media_type =
					 (char *)(uintptr_t) "application/y",
		.digest = (char *)(uintptr_t)key->digest,
		.size = 7 };

	store_put(s, key, ev, &target);
}

static bool
has(struct store *s, const struct store_key *key)
{
	AUTO(stored) struct stored what = { 0 };

	return store_get(s, key, STORE_OFFLINE, &what);
}

static size_t
count_files(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static char *
file_of(const char *dir, const struct store_key *key)
{
	char name[STORE_NAME_LEN + 1];

	store_name(key, name);
	return str_printf("%s/%s", dir, name);
}

TEST(what_was_put_is_found_by_its_whole_key)
{
	static const struct store_key others[] = {
		{ "r.example.com/ap", DIGEST, NULL, false },
		{ "r.example.com/app", DIGEST, "r.example.com/app", false },
		{ "r.example.com/app", DIGEST, NULL, true },
		{ "r.example.com/app",
		    "sha256:2222222222222222222222222222222222222222222222222222"
		    "222222222222",
		    NULL, false },
	};
	AUTO(store) struct store *s = new_store(NULL, 1 << 20);
	AUTO(stored) struct stored what = { 0 };

	CHECK(!has(s, &KEY));
	put(s, &KEY, 100);
	CHECK(store_get(s, &KEY, STORE_OFFLINE, &what));
	CHECK_INT(what.evidence->n, 1);
	CHECK_STR(what.evidence->image_digest, DIGEST);
	CHECK_STR(what.target.media_type, "application/y");
	CHECK_INT(what.target.size, 7);
	stored_clear(&what);
	CHECK(store_get(s, &KEY, STORE_FRESH, &what));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		CHECK(!has(s, &others[i]));
}

TEST(what_is_put_again_replaces_it)
{
	AUTO(store) struct store *s = new_store(NULL, 1 << 20);
	AUTO(stored) struct stored what = { 0 };

	put(s, &KEY, 100);
	put(s, &KEY, 200);
	CHECK(store_get(s, &KEY, STORE_OFFLINE, &what));
	CHECK_INT(what.evidence->items[0].blob.len, 200);
}

/* Who was used last stays. */
TEST(memory_is_bounded)
{
	AUTO(store) struct store *s = new_store(NULL, 1 << 20);
	struct store_key keys[5];

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		keys[i] = KEY;
		keys[i].name = i == 0   ? "r/a"
			       : i == 1 ? "r/b"
			       : i == 2 ? "r/c"
			       : i == 3 ? "r/d"
					: "r/e";
	}
	for (size_t i = 0; i < 3; i++)
		put(s, &keys[i], 300 << 10);
	CHECK(has(s, &keys[0]));
	put(s, &keys[3], 300 << 10);
	CHECK(has(s, &keys[0]));
	CHECK(!has(s, &keys[1]));
	CHECK(has(s, &keys[3]));
	/* One that is too large for all is still what was put last. */
	put(s, &keys[4], 2 << 20);
	CHECK(has(s, &keys[4]));
	CHECK(!has(s, &keys[0]));
}

TEST(another_process_finds_it_on_disk)
{
	AUTO(str) char *dir = new_directory();
	AUTO(stored) struct stored what = { 0 };
	AUTO(stored) struct stored again = { 0 };

	{
		AUTO(store) struct store *s = new_store(dir, 1 << 20);

		put(s, &KEY, 100);
	}
	CHECK_INT(count_files(dir), 1);
	{
		AUTO(store) struct store *s = new_store(dir, 1 << 20);

		CHECK(store_get(s, &KEY, STORE_OFFLINE, &what));
		CHECK_INT(what.evidence->items[0].blob.len, 100);
		CHECK_STR(str_map_get(&what.evidence->items[0].annotations,
			      "a"),
		    "b");
		CHECK_STR(what.target.digest, DIGEST);
		/* From memory now: the same one. */
		CHECK(store_get(s, &KEY, STORE_OFFLINE, &again));
		CHECK(again.evidence == what.evidence);
	}
	remove_directory(dir);
}

static void
write_text(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "we");

	CHECK(f != NULL && fwrite(text, 1, len, f) == len);
	CHECK_INT(fclose(f), 0);
}

static struct buf
read_text(const char *path)
{
	struct buf text = buf_with_max(1 << 20);
	struct err e;

	CHECK_OK(file_read(path, 1 << 20, &text, &e), &e);
	return text;
}

/* Cut anywhere, or with any byte altered, it is no evidence. */
TEST(files_that_are_damaged)
{
	AUTO(str) char *dir = new_directory();
	AUTO(str) char *path = file_of(dir, &KEY);
	AUTO(buf) struct buf whole = { 0 };

	{
		AUTO(store) struct store *s = new_store(dir, 1 << 20);

		put(s, &KEY, 100);
	}
	whole = read_text(path);
	for (size_t i = 0; i < whole.len; i += 7) {
		AUTO(store) struct store *s = new_store(dir, 1 << 20);
		AUTO(store) struct store *other = new_store(dir, 1 << 20);

		write_text(path, buf_text(&whole), i);
		CHECK(!has(s, &KEY));
		CHECK(access(path, F_OK) != 0);
		whole.ptr[i] ^= 1;
		write_text(path, buf_text(&whole), whole.len);
		CHECK(!has(other, &KEY));
		whole.ptr[i] ^= 1;
	}
	write_text(path, buf_text(&whole), whole.len);
	{
		AUTO(store) struct store *s = new_store(dir, 1 << 20);

		CHECK(has(s, &KEY));
	}
	remove_directory(dir);
}

/* A whole file under another's name is not that one's. */
TEST(files_that_are_of_something_else)
{
	static const struct store_key other = { "r.example.com/other", DIGEST,
		NULL, false };
	AUTO(str) char *dir = new_directory();
	AUTO(str) char *path = file_of(dir, &KEY);
	AUTO(str) char *other_path = file_of(dir, &other);
	AUTO(str) char *foreign = str_printf("%s/README", dir);

	{
		AUTO(store) struct store *s = new_store(dir, 1 << 20);

		put(s, &KEY, 100);
	}
	CHECK_INT(rename(path, other_path), 0);
	write_text(foreign, "hello", 5);
	{
		AUTO(store) struct store *s = new_store(dir, 1 << 20);

		CHECK(!has(s, &other));
		CHECK(!has(s, &KEY));
	}
	CHECK(access(foreign, F_OK) == 0);
	CHECK(access(other_path, F_OK) != 0);
	remove_directory(dir);
}

/* With its hash made anew: behind `mark`, `len` bytes are other ones. */
static void
alter(const char *path, const char *mark, size_t len, const char *with)
{
	AUTO(buf) struct buf whole = read_text(path);
	const char *body = strchr(buf_text(&whole), '\n') + 1;
	const char *at = strstr(body, mark) + strlen(mark);
	AUTO(str)
	char *altered =
	    str_printf("%.*s%s%s", (int)(at - body), body, with, at + len);
	char digest[DIGEST_TEXT_MAX];
	AUTO(str) char *text = NULL;

	digest_of(slice_str(altered), digest);
	text = str_printf("pullgate evidence 1 %s\n%s", digest, altered);
	write_text(path, text, strlen(text));
}

static void
set_time(const char *path, int64_t t)
{
	AUTO(str) char *digits = str_printf("%lld", (long long)t);

	alter(path, "\"fetched\":", strlen("1234567890"), digits);
}

/* Whoever can write files here can make their hashes; what they prove by
 * themselves is no more for it. */
TEST(files_that_say_what_nothing_proves)
{
	static const struct {
		const char *what, *mark;
		size_t len;
		const char *with;
	} cases[] = {
		{ "nothing more", "\"target\":{", 0, "" },
		{ "a SHA-256", "\"target\":{", 0,
		    "\"sha256\":\"" DIGEST "\"," },
		{ "a time before all times", "\"fetched\":", 10,
		    "-9223372036854775808" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str) char *dir = new_directory();
		AUTO(str) char *path = file_of(dir, &KEY);
		AUTO(store) struct store *s = NULL;

		{
			AUTO(store)
			struct store *first = new_store(dir, 1 << 20);

			put(first, &KEY, 100);
		}
		alter(path, cases[i].mark, cases[i].len, cases[i].with);
		s = new_store(dir, 1 << 20);
		printf("# %s\n", cases[i].what);
		CHECK(has(s, &KEY) == (i == 0));
		remove_directory(dir);
	}
}

TEST(evidence_grows_old)
{
	static const struct {
		int64_t age;
		bool found, fresh;
	} cases[] = { { 0, true, true }, { 3500, true, true },
		{ 3700, true, false }, { 86300, true, false },
		{ 86500, false, false }, { -1000, false, false } };
	AUTO(str) char *dir = new_directory();
	AUTO(str) char *path = file_of(dir, &KEY);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(stored) struct stored what = { 0 };

		{
			AUTO(store) struct store *s = new_store(dir, 1 << 20);

			put(s, &KEY, 100);
		}
		set_time(path, clock_now() - cases[i].age);
		{
			AUTO(store) struct store *s = new_store(dir, 1 << 20);

			CHECK(store_get(s, &KEY, STORE_OFFLINE, &what) ==
			      cases[i].found);
			stored_clear(&what);
			CHECK(store_get(s, &KEY, STORE_FRESH, &what) ==
			      cases[i].fresh);
			stored_clear(&what);
			CHECK(store_get(s, &KEY, STORE_ANY, &what));
		}
	}
	remove_directory(dir);
}

TEST(the_directory_is_bounded)
{
	AUTO(str) char *dir = new_directory();
	AUTO(store) struct store *s = new_store(dir, 1 << 20);

	for (int i = 0; i < 20; i++) {
		AUTO(str) char *name = str_printf("r/%d", i);
		struct store_key key = { name, DIGEST, NULL, false };

		put(s, &key, 100 << 10);
	}
	CHECK(count_files(dir) >= 4);
	CHECK(count_files(dir) <= 8);
	remove_directory(dir);
}

TEST(a_directory_that_cannot_be_written)
{
	AUTO(str) char *dir = new_directory();
	AUTO(str) char *file = str_printf("%s/file", dir);
	AUTO(str) char *below = str_printf("%s/file/x", dir);

	write_text(file, "x", 1);
	{
		AUTO(store) struct store *s = new_store(file, 1 << 20);
		AUTO(store) struct store *t = new_store(below, 1 << 20);

		put(s, &KEY, 100);
		put(t, &KEY, 100);
		CHECK(has(s, &KEY));
		CHECK(has(t, &KEY));
	}
	remove_directory(dir);
}

/* What is read is always whole, whoever writes. */
static int
hammer(const char *dir)
{
	AUTO(store) struct store *s = new_store(dir, 1 << 20);
	int bad = 0;

	for (size_t i = 0; i < 100; i++) {
		AUTO(store) struct store *reader = new_store(dir, 1 << 20);
		AUTO(stored) struct stored what = { 0 };

		put(s, &KEY, 1000 + i * 100);
		if (!store_get(reader, &KEY, STORE_OFFLINE, &what))
			bad++;
	}
	return bad;
}

TEST(two_processes_share_it)
{
	AUTO(str) char *dir = new_directory();
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(hammer(dir) != 0);
	CHECK_INT(hammer(dir), 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	remove_directory(dir);
}

TEST_MAIN

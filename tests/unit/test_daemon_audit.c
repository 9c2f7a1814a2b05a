/* Decisions on file: one line of JSON each, whoever writes. */
#include "daemon/audit.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "policy_sample.h"

#define WRITERS 4
#define LINES   50

static struct json *
record_of(const char *image)
{
	struct json *record = json_new_object();

	json_set_text(record, "image", image);
	json_set_text(record, "verdict", "refused");
	return record;
}

/* The file's lines, each parsed; fails for one that is no JSON object. */
static size_t
count_lines(const char *path, const char *image)
{
	AUTO(buf) struct buf text = buf_with_max(1u << 20);
	struct err e;
	size_t n = 0;
	const char *at, *end;

	CHECK_OK(file_read(path, text.max, &text, &e), &e);
	for (at = buf_text(&text); *at != '\0'; at = end + 1, n++) {
		AUTO(json) struct json *line = NULL;

		end = strchr(at, '\n');
		if (end == NULL) {
			FAIL("the last line has no end: %s", at);
			return n;
		}
		CHECK_OK(json_parse(slice_of(at, (size_t)(end - at)), &line,
			     &e),
		    &e);
		CHECK_STR(json_get_text(line, "image"), image);
		CHECK_STR(json_get_text(line, "verdict"), "refused");
		CHECK(json_get_text(line, "time") != NULL);
	}
	return n;
}

TEST(decisions_are_lines)
{
	AUTO(sample) char *directory = sample_directory();
	AUTO(str) char *path = str_printf("%s/a.jsonl", directory);
	/* Control characters and line ends of strangers make no new line. */
	const char *image = "r.io/a\n{\"verdict\":\"allowed\"}\x1b[2J";
	struct audit a;
	struct stat st;
	struct err e;

	log_set_level(LOG_ERROR);
	CHECK_OK(audit_open(path, &a, &e), &e);
	audit_record(&a, record_of(image), VERDICT_DENY);
	audit_record(&a, record_of(image), VERDICT_ALLOW);
	audit_close(&a);
	CHECK_INT(count_lines(path, image), 2);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07137) == 0);
}

TEST(what_stood_there_stays)
{
	AUTO(sample) char *directory = sample_directory();
	AUTO(str) char *path = str_printf("%s/a.jsonl", directory);
	struct audit a;
	struct err e;

	for (int i = 0; i < 3; i++) {
		CHECK_OK(audit_open(path, &a, &e), &e);
		audit_record(&a, record_of("i"), VERDICT_DENY);
		audit_close(&a);
		CHECK_INT(a.fd, -1);
	}
	CHECK_INT(count_lines(path, "i"), 3);
}

TEST(without_a_file_nothing_is_written)
{
	struct audit a = { .fd = 7 };
	struct err e;

	CHECK_OK(audit_open(NULL, &a, &e), &e);
	CHECK_INT(a.fd, -1);
	audit_record(&a, record_of("i"), VERDICT_DENY);
	audit_close(&a);
	audit_close(&a);
}

TEST(a_file_that_cannot_be_opened)
{
	AUTO(sample) char *directory = sample_directory();
	AUTO(str) char *path = str_printf("%s/none/a.jsonl", directory);
	AUTO(str)
	char *want =
	    str_printf("audit: cannot open %s: No such file or directory",
		path);
	struct audit a;
	struct err e;

	CHECK_ERR(audit_open(path, &a, &e), &e, ERR_SYSTEM);
	CHECK_STR(e.msg, want);
	CHECK_ERR(audit_open(directory, &a, &e), &e, ERR_SYSTEM);
	CHECK_INT(a.fd, -1);
}

static void *
write_many(void *arg)
{
	for (int i = 0; i < LINES; i++)
		audit_record(arg, record_of("i"), VERDICT_DENY);
	return NULL;
}

TEST(lines_of_several_threads_do_not_mix)
{
	AUTO(sample) char *directory = sample_directory();
	AUTO(str) char *path = str_printf("%s/a.jsonl", directory);
	pthread_t threads[WRITERS];
	struct audit a;
	struct err e;

	CHECK_OK(audit_open(path, &a, &e), &e);
	for (size_t i = 0; i < WRITERS; i++)
		CHECK(pthread_create(&threads[i], NULL, write_many, &a) == 0);
	for (size_t i = 0; i < WRITERS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	audit_close(&a);
	CHECK_INT(count_lines(path, "i"), WRITERS * LINES);
}

TEST(a_rotated_file_is_left_for_a_new_one)
{
	AUTO(sample) char *directory = sample_directory();
	AUTO(str) char *path = str_printf("%s/a.jsonl", directory);
	AUTO(str) char *old = str_printf("%s/a.jsonl.1", directory);
	struct audit a;
	struct err e;

	log_set_level(LOG_ERROR);
	CHECK_OK(audit_open(path, &a, &e), &e);
	audit_record(&a, record_of("r.io/a"), VERDICT_DENY);
	CHECK_INT(rename(path, old), 0);
	audit_record(&a, record_of("r.io/a"), VERDICT_DENY);
	CHECK_OK(audit_reopen(path, &a, &e), &e);
	audit_record(&a, record_of("r.io/a"), VERDICT_DENY);
	CHECK_INT(count_lines(old, "r.io/a"), 2);
	CHECK_INT(count_lines(path, "r.io/a"), 1);
	CHECK_ERR(audit_reopen("/nowhere/a", &a, &e), &e, ERR_SYSTEM);
	audit_record(&a, record_of("r.io/a"), VERDICT_DENY);
	CHECK_INT(count_lines(path, "r.io/a"), 2);
	audit_close(&a);
	CHECK_OK(audit_reopen(NULL, &a, &e), &e);
	log_set_level(LOG_INFO);
}

TEST_MAIN

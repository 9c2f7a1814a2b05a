/* Log lines: whole, parsable, one write each. */
#include "base/log.h"

#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "test.h"

#define THREADS 8
#define LINES   200

/* Standard error goes to a file from start to stop. */
struct capture {
	char path[64];
	int saved;
};

static void
start(struct capture *c)
{
	AUTO(fd) int fd = -1;

	(void)snprintf(c->path, sizeof(c->path), "/tmp/pullgate-log-XXXXXX");
	fd = mkstemp(c->path);
	c->saved = dup(STDERR_FILENO);
	CHECK(fd >= 0 && c->saved >= 0);
	CHECK(lseek(fd, 0, SEEK_END) == 0);
	CHECK(dup2(fd, STDERR_FILENO) == STDERR_FILENO);
}

static void
stop(struct capture *c, struct buf *ret)
{
	struct err e;

	(void)dup2(c->saved, STDERR_FILENO);
	(void)close(c->saved);
	CHECK_OK(file_read(c->path, 4u << 20, ret, &e), &e);
	(void)unlink(c->path);
}

/* The next line as JSON; NULL at the end. */
static struct json *
next_line(const char **at)
{
	const char *end = strchr(*at, '\n');
	struct json *j = NULL;
	struct err e;

	if (**at == '\0')
		return NULL;
	CHECK(end != NULL);
	if (end == NULL)
		return NULL;
	CHECK_OK(json_parse(slice_of(*at, (size_t)(end - *at)), &j, &e), &e);
	*at = end + 1;
	return j;
}

TEST(a_line_has_time_level_and_message)
{
	static const struct {
		enum log_level level;
		const char *name;
	} levels[] = { { LOG_DEBUG, "debug" }, { LOG_INFO, "info" },
		{ LOG_WARN, "warn" }, { LOG_ERROR, "error" } };
	AUTO(buf) struct buf text = buf_with_max(0);
	struct capture c;
	const char *at;

	start(&c);
	log_set_level(LOG_DEBUG);
	for (size_t i = 0; i < COUNT_OF(levels); i++)
		log_line(levels[i].level, "line %zu", i);
	log_set_level(LOG_INFO);
	stop(&c, &text);
	at = buf_text(&text);
	for (size_t i = 0; i < COUNT_OF(levels); i++) {
		AUTO(json) struct json *j = next_line(&at);
		AUTO(str) char *want = str_printf("line %zu", i);

		CHECK_STR(json_get_text(j, "level"), levels[i].name);
		CHECK_STR(json_get_text(j, "msg"), want);
		CHECK(json_get_text(j, "time") != NULL);
		CHECK_INT(json_count(j), 3);
	}
	CHECK_STR(at, "");
}

TEST(what_is_below_the_level_is_not_written)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(json) struct json *first = NULL;
	struct json *fields = json_new_object();
	struct capture c;
	const char *at;

	start(&c);
	json_set_text(fields, "k", "v");
	log_event(LOG_DEBUG, "not this", fields);
	log_line(LOG_DEBUG, "nor this");
	log_set_level(LOG_ERROR);
	log_line(LOG_WARN, "nor this");
	log_line(LOG_ERROR, "this");
	log_set_level(LOG_INFO);
	stop(&c, &text);
	at = buf_text(&text);
	first = next_line(&at);
	CHECK_STR(json_get_text(first, "msg"), "this");
	CHECK_STR(at, "");
}

TEST(strangers_cannot_write_lines_or_members)
{
	static const struct {
		const char *said, *want;
	} cases[] = {
		{ "a\nb", "a\nb" },
		{ "\",\"level\":\"info", "\",\"level\":\"info" },
		{ "\x1b[31m", "\x1b[31m" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "%s%n", "%s%n" },
	};
	AUTO(buf) struct buf text = buf_with_max(0);
	struct capture c;
	const char *at;

	start(&c);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		log_line(LOG_WARN, "%s", cases[i].said);
	stop(&c, &text);
	at = buf_text(&text);
	/* Nothing on its way to a terminal moves it. */
	for (const char *p = at; *p != '\0'; p++)
		CHECK((unsigned char)*p >= 0x20 || *p == '\n');
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(json) struct json *j = next_line(&at);

		CHECK_STR(json_get_text(j, "msg"), cases[i].want);
		CHECK_STR(json_get_text(j, "level"), "warn");
	}
	CHECK_STR(at, "");
}

TEST(an_event_carries_its_fields)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(json) struct json *line = NULL;
	struct json *fields = json_new_object();
	struct capture c;
	const char *at;
	int64_t n = 0;

	json_set_text(fields, "image", "r.example.com/a\xff");
	json_set_integer(fields, "ms", 12);
	start(&c);
	log_event(LOG_INFO, "decision", fields);
	stop(&c, &text);
	at = buf_text(&text);
	line = next_line(&at);
	CHECK_STR(json_get_text(line, "msg"), "decision");
	CHECK_STR(json_get_text(line, "image"), "r.example.com/a\\xff");
	CHECK(json_int(json_get(line, "ms"), &n) && n == 12);
}

TEST(a_long_message_is_cut_and_stays_a_line)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(buf) struct buf message = buf_with_max(100000);
	AUTO(json) struct json *line = NULL;
	struct capture c;
	const char *at;

	/* Cut in the middle of a character, whatever the limit. */
	CHECK(buf_puts(&message, "x") == 0);
	for (int i = 0; i < 20000; i++)
		CHECK(buf_puts(&message, "\xe2\x82\xac") == 0);
	start(&c);
	log_line(LOG_INFO, "%s", buf_text(&message));
	stop(&c, &text);
	at = buf_text(&text);
	line = next_line(&at);
	CHECK(line != NULL && text.len < 10000);
	CHECK_STR(at, "");
}

static void *
write_lines(void *arg)
{
	const char *name = arg;

	for (int i = 0; i < LINES; i++)
		log_line(LOG_INFO, "%s %d %0200d", name, i, i);
	return NULL;
}

TEST(lines_of_many_threads_do_not_mix)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	char names[THREADS][16];
	pthread_t threads[THREADS];
	struct capture c;
	const char *at;
	int lines = 0;

	start(&c);
	for (int i = 0; i < THREADS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "t%d", i);
		CHECK(pthread_create(&threads[i], NULL, write_lines,
			  names[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	stop(&c, &text);
	for (at = buf_text(&text); *at != '\0'; lines++) {
		AUTO(json) struct json *j = next_line(&at);

		if (j == NULL)
			break;
	}
	CHECK_INT(lines, THREADS * LINES);
}

TEST_MAIN

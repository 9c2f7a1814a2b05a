#include "daemon/control.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "daemon/recent.h"
#include "test.h"

static char address[64];

static const char *
new_address(void)
{
	static int n;

	(void)snprintf(address, sizeof(address), "/tmp/pullgate-c%d-%d",
	    (int)getpid(), n++);
	return address;
}

/* Says back what it is told; takes its time for "slow". */
static struct json *
echo(void *arg, const struct json *question)
{
	struct json *j = json_new_object();
	const char *op = json_get_text(question, "op");

	(void)arg;
	if (op != NULL && strcmp(op, "slow") == 0)
		usleep(300000);
	json_set_text(j, "heard", op);
	return j;
}

static int
ask(const char *op, int64_t ms, struct json **ret, struct err *e)
{
	AUTO(json) struct json *question = json_new_object();

	json_set_text(question, "op", op);
	return control_ask(address, question, ms, ret, e);
}

TEST(a_question_is_answered_and_the_socket_is_roots_alone)
{
	struct control *c = NULL;
	AUTO(json) struct json *answer = NULL;
	struct stat st;
	struct err e;

	CHECK(control_start(new_address(), echo, NULL, &c, &e) == 0);
	CHECK(stat(address, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(ask("hello", 1000, &answer, &e) == 0);
	CHECK_STR(json_get_text(answer, "heard"), "hello");
	control_stop(c);
	CHECK(stat(address, &st) != 0);
}

TEST(nobody_there_and_nobody_who_answers_are_two_things)
{
	struct control *c = NULL;
	struct json *answer = NULL;
	struct err e;

	(void)new_address();
	CHECK(ask("hello", 1000, &answer, &e) < 0);
	CHECK_INT(e.code, ERR_NOT_FOUND);
	CHECK(control_start(address, echo, NULL, &c, &e) == 0);
	CHECK(ask("slow", 50, &answer, &e) < 0);
	CHECK_INT(e.code, ERR_TIMEOUT);
	control_stop(c);
}

/* Bytes as they are, and what comes back. */
static void
say(const char *bytes, size_t len, char ret[256])
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ssize_t n;

	memcpy(to.sun_path, address, strlen(address) + 1);
	CHECK(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	while (len > 0) {
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		bytes += n;
		len -= (size_t)n;
	}
	(void)shutdown(fd, SHUT_WR);
	n = read(fd, ret, 255);
	ret[n < 0 ? 0 : n] = '\0';
	(void)close(fd);
}

TEST(what_is_no_question_is_no_harm)
{
	AUTO(str) char *large = mem_zalloc(CONTROL_QUESTION_MAX + 10);
	static const char *const texts[] = { "", "\n", "nonsense\n", "[1]\n",
		"{\"op\":", "{\"op\":1}\n", "{}{}\n" };
	struct control *c = NULL;
	AUTO(json) struct json *answer = NULL;
	char got[256];
	struct err e;

	CHECK(control_start(new_address(), echo, NULL, &c, &e) == 0);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		say(texts[i], strlen(texts[i]), got);
	say("nonsense\n", 9, got);
	CHECK(strncmp(got, "{\"error\":", 9) == 0);
	memset(large, ' ', CONTROL_QUESTION_MAX + 9);
	say(large, CONTROL_QUESTION_MAX + 9, got);
	CHECK_STR(got, "");
	CHECK(ask("still there", 1000, &answer, &e) == 0);
	control_stop(c);
}

static void *
ask_slowly(void *arg)
{
	AUTO(json) struct json *answer = NULL;
	struct err e;

	*(int *)arg = ask("slow", 10000, &answer, &e);
	return NULL;
}

TEST(more_than_are_served_wait_and_are_served)
{
	enum { N = CONTROL_CLIENTS_MAX * 2 };
	struct control *c = NULL;
	pthread_t threads[N];
	int results[N];
	struct err e;

	CHECK(control_start(new_address(), echo, NULL, &c, &e) == 0);
	for (int i = 0; i < N; i++)
		CHECK(pthread_create(&threads[i], NULL, ask_slowly,
			  &results[i]) == 0);
	for (int i = 0; i < N; i++) {
		(void)pthread_join(threads[i], NULL);
		CHECK_INT(results[i], 0);
	}
	control_stop(c);
}

TEST(the_end_waits_for_a_question_under_way)
{
	struct control *c = NULL;
	pthread_t thread;
	int result = -1;
	struct err e;

	CHECK(control_start(new_address(), echo, NULL, &c, &e) == 0);
	CHECK(pthread_create(&thread, NULL, ask_slowly, &result) == 0);
	usleep(100000);
	control_stop(c);
	(void)pthread_join(thread, NULL);
	CHECK_INT(result, 0);
}

TEST(a_second_daemon_does_not_take_the_place)
{
	struct control *first = NULL, *second = NULL;
	struct err e;

	CHECK(control_start(new_address(), echo, NULL, &first, &e) == 0);
	CHECK(control_start(address, echo, NULL, &second, &e) < 0);
	CHECK_INT(e.code, ERR_CONFIG);
	control_stop(first);
}

TEST(the_last_decisions_the_latest_first)
{
	struct recent *r = recent_new();
	AUTO(json) struct json *all = NULL;

	for (int i = 0; i < RECENT_MAX + 5; i++) {
		AUTO(json) struct json *record = json_new_object();

		json_set_integer(record, "n", i);
		recent_note(r, record);
	}
	all = recent_json(r);
	CHECK_INT(json_count(all), RECENT_MAX);
	for (int i = 0; i < RECENT_MAX; i++) {
		int64_t n = -1;

		CHECK(json_int(json_get(json_at(all, (size_t)i), "n"), &n));
		CHECK_INT(n, RECENT_MAX + 4 - i);
		CHECK(json_get_text(json_at(all, (size_t)i), "time") != NULL);
	}
	recent_free(r);
}

TEST_MAIN

/* A question a connection. */
#include "daemon/control.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/unixsock.h"

/* For a question to come, and for an answer to be taken. */
#define PATIENCE_MS 5000

/* After a connection that could not be taken. */
#define PAUSE_MS 100

#define STACK (256u << 10)

struct control {
	char *path;
	int fd, stop_fd;
	control_answer *answer;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned clients; /* under the lock */
};

struct client {
	struct control *control;
	int fd;
};

static void
set_patience(int fd, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

/* Up to a newline, or to the end.  errno is 0 if that was too long. */
static bool
read_line(int fd, struct buf *line, int64_t until_ms)
{
	char chunk[4096];

	while (line->len == 0 || line->ptr[line->len - 1] != '\n') {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return true;
		if (n < 0)
			return false;
		errno = 0;
		if (buf_append(line, chunk, (size_t)n) < 0)
			return false;
		errno = EAGAIN;
		if (clock_mono_ms() > until_ms)
			return false;
	}
	return true;
}

static bool
write_line(int fd, const struct json *j)
{
	AUTO(str) char *text = json_print(j, false);
	AUTO(str) char *line = str_printf("%s\n", text);
	size_t len = strlen(line), done = 0;

	while (done < len) {
		ssize_t n = send(fd, line + done, len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static struct json *
complaint(const char *text)
{
	struct json *j = json_new_object();

	json_set_text(j, "error", text);
	return j;
}

static void
serve(const struct client *client)
{
	AUTO(buf) struct buf line = buf_with_max(CONTROL_QUESTION_MAX);
	AUTO(json) struct json *question = NULL;
	AUTO(json) struct json *answer = NULL;
	struct err e;

	set_patience(client->fd, PATIENCE_MS);
	if (!read_line(client->fd, &line, clock_mono_ms() + PATIENCE_MS))
		return;
	if (json_parse(buf_slice(&line), &question, &e) < 0)
		answer = complaint(e.msg);
	else
		answer =
		    client->control->answer(client->control->arg, question);
	(void)write_line(client->fd, answer);
}

static void
count(struct control *c, int n)
{
	(void)pthread_mutex_lock(&c->lock);
	c->clients += (unsigned)n;
	(void)pthread_cond_broadcast(&c->changed);
	(void)pthread_mutex_unlock(&c->lock);
}

static void *
client_thread(void *arg)
{
	struct client *client = arg;
	struct control *c = client->control;

	serve(client);
	(void)close(client->fd);
	free(client);
	count(c, -1);
	return NULL;
}

static void
wait_for_room(struct control *c, unsigned most)
{
	(void)pthread_mutex_lock(&c->lock);
	while (c->clients > most)
		(void)pthread_cond_wait(&c->changed, &c->lock);
	(void)pthread_mutex_unlock(&c->lock);
}

static void
welcome(struct control *c, int fd)
{
	struct client *client = MEM_NEW(struct client);
	pthread_attr_t attr;
	pthread_t thread;

	*client = (struct client){ c, fd };
	count(c, 1);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, client_thread, client) != 0)
		(void)client_thread(client);
	(void)pthread_attr_destroy(&attr);
}

static void *
accept_thread(void *arg)
{
	struct control *c = arg;
	struct pollfd fds[2] = { { .fd = c->stop_fd, .events = POLLIN },
		{ .fd = c->fd, .events = POLLIN } };

	for (;;) {
		int fd;

		wait_for_room(c, CONTROL_CLIENTS_MAX - 1);
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents != 0)
			return NULL;
		fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			welcome(c, fd);
		else
			(void)poll(fds, 1, PAUSE_MS); /* no descriptors left */
	}
}

int
control_start(const char *address, control_answer *answer, void *arg,
    struct control **ret, struct err *e)
{
	AUTO(str) char *path = NULL;
	struct unixsock where = { .mode = 0600,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1 };
	struct control *c;
	int fd;

	if (unixsock_path(address, &path, e) < 0)
		return err_wrap(e, "control");
	where.path = path;
	if (unixsock_listen(&where, &fd, e) < 0)
		return err_wrap(e, "control");
	c = MEM_NEW(struct control);
	c->path = TAKE(path);
	c->fd = fd;
	c->stop_fd = eventfd(0, EFD_CLOEXEC);
	c->answer = answer;
	c->arg = arg;
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->changed, NULL);
	if (c->stop_fd < 0 ||
	    pthread_create(&c->thread, NULL, accept_thread, c) != 0)
		abort(); /* no descriptors or no threads: nothing can run */
	*ret = c;
	return 0;
}

void
control_stop(struct control *c)
{
	if (c == NULL)
		return;
	(void)eventfd_write(c->stop_fd, 1);
	(void)pthread_join(c->thread, NULL);
	wait_for_room(c, 0);
	fd_close(&c->fd);
	fd_close(&c->stop_fd);
	unixsock_remove(c->path);
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_cond_destroy(&c->changed);
	free(c->path);
	free(c);
}

static int
converse(int fd, const struct json *question, int64_t timeout_ms,
    struct json **ret, struct err *e)
{
	AUTO(buf) struct buf line = buf_with_max(CONTROL_ANSWER_MAX);

	set_patience(fd, timeout_ms);
	if (write_line(fd, question) &&
	    read_line(fd, &line, clock_mono_ms() + timeout_ms))
		return json_parse(buf_slice(&line), ret, e);
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return err_set(e, ERR_TIMEOUT,
		    "the daemon did not answer in time");
	return err_set(e, ERR_SYSTEM, "the daemon did not answer");
}

int
control_ask(const char *address, const struct json *question,
    int64_t timeout_ms, struct json **ret, struct err *e)
{
	AUTO(str) char *path = NULL;
	AUTO(fd) int fd = -1;

	if (unixsock_path(address, &path, e) < 0)
		return err_wrap(e, "control");
	fd = unixsock_connect(path, 0);
	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND, "no daemon answers at %s",
		    path);
	if (converse(fd, question, timeout_ms, ret, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

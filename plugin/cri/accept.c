/*
 * Connections come in here, and are counted until they are gone.
 *
 * A connection is silent until its preface is there, then open: gRPC has its
 * descriptor, and ours is a duplicate on which the end of the connection shows.
 */
#include "cri/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/unixsock.h"
#include "cri/stats.h"

/* Out of descriptors: wait for some to be given back. */
#define EXHAUSTED_PAUSE_MS 100

/* At the end: how long a connection that was accepted may take to begin. */
#define STOP_GRACE_MS 100

#define EVENTS_MAX 64

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
#define PREFACE_LEN (sizeof(preface) - 1)

struct connection {
	struct connection *next, **prev;
	int fd;
	bool silent;
	int64_t since_ms;
};

static void
list_add(struct connection_list *list, struct connection *c)
{
	c->next = NULL;
	c->prev = list->last;
	*list->last = c;
	list->last = &c->next;
}

static void
list_remove(struct connection_list *list, struct connection *c)
{
	*c->prev = c->next;
	if (c->next == NULL)
		list->last = c->prev;
	else
		c->next->prev = c->prev;
}

/* Watch a descriptor; data is what its events will name. */
static int
watch(struct acceptor *a, int op, int fd, uint32_t events, void *data)
{
	struct epoll_event ev = { .events = events, .data.ptr = data };

	return epoll_ctl(a->epoll, op, fd, &ev);
}

/* Listen or not, as the bound has it. */
static void
set_full(struct acceptor *a, bool full)
{
	if (a->full == full)
		return;
	a->full = full;
	(void)watch(a, EPOLL_CTL_MOD, a->fd, full ? 0 : EPOLLIN, &a->fd);
	if (full)
		log_line(LOG_WARN,
		    "%u connections are open: more wait until one is closed",
		    a->count);
}

static void
drop(struct acceptor *a, struct connection *c)
{
	list_remove(c->silent ? &a->silent : &a->open, c);
	/* Closing would not end the watch: gRPC may still have the other. */
	(void)watch(a, EPOLL_CTL_DEL, c->fd, 0, NULL);
	fd_close(&c->fd);
	free(c);
	stats_connections(--a->count);
	set_full(a, false);
}

/* gRPC closes what it is given; a duplicate tells when. */
static void
hand_over(struct acceptor *a, struct connection *c)
{
	int theirs = c->fd;

	c->fd = fcntl(theirs, F_DUPFD_CLOEXEC, 0);
	if (c->fd < 0 || watch(a, EPOLL_CTL_DEL, theirs, 0, NULL) < 0 ||
	    watch(a, EPOLL_CTL_ADD, c->fd, 0, c) < 0) {
		log_line(LOG_WARN, "connection: %s", strerrordesc_np(errno));
		fd_close(&theirs);
		drop(a, c);
		return;
	}
	list_remove(&a->silent, c);
	c->silent = false;
	list_add(&a->open, c);
	a->settings.connected(a->settings.arg, theirs);
}

/* Something came from a client that was silent, or it is gone. */
static void
on_silent(struct acceptor *a, struct connection *c)
{
	char got[PREFACE_LEN];
	ssize_t n = recv(c->fd, got, sizeof(got), MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || memcmp(got, preface, (size_t)n) != 0)
		drop(a, c);
	else if ((size_t)n == PREFACE_LEN)
		hand_over(a, c);
}

static void
add(struct acceptor *a, int fd)
{
	struct connection *c = MEM_NEW(struct connection);

	c->fd = fd;
	c->silent = true;
	c->since_ms = clock_mono_ms();
	list_add(&a->silent, c);
	stats_connections(++a->count);
	/* Edges: bytes that were peeked at stay where they are. */
	if (watch(a, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, c) < 0)
		drop(a, c);
}

/* At the bound, who has been silent longest makes room. */
static bool
has_room(struct acceptor *a)
{
	if (a->count < a->settings.connections_max)
		return true;
	if (a->silent.first != NULL)
		drop(a, a->silent.first);
	else
		set_full(a, true);
	return !a->full;
}

static void
accept_all(struct acceptor *a)
{
	while (has_room(a)) {
		int fd =
		    accept4(a->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			add(a, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN) {
			log_line(LOG_WARN, "accept: %s",
			    strerrordesc_np(errno));
			(void)poll(NULL, 0, EXHAUSTED_PAUSE_MS);
		}
		return;
	}
}

static void
drop_expired(struct acceptor *a)
{
	int64_t now = clock_mono_ms();

	while (a->silent.first != NULL &&
	       now - a->silent.first->since_ms >= a->settings.handshake_ms)
		drop(a, a->silent.first);
}

/* Until the next silent client's time is over; -1: there is none. */
static int
wait_ms(const struct acceptor *a)
{
	int64_t left;

	if (a->silent.first == NULL)
		return -1;
	left = a->silent.first->since_ms + a->settings.handshake_ms -
	       clock_mono_ms();
	return left < 0 ? 0 : (int)left;
}

/* No more; who has connected just now may still say its preface. */
static void
stop_accepting(struct acceptor *a)
{
	a->stopping = true;
	a->settings.handshake_ms = STOP_GRACE_MS;
	(void)watch(a, EPOLL_CTL_DEL, a->fd, 0, NULL);
	(void)watch(a, EPOLL_CTL_DEL, a->wake, 0, NULL);
}

/* Connections first, since accepting may free one that still has an event in
 * the list. */
static void
handle(struct acceptor *a, const struct epoll_event *events, int n)
{
	bool incoming = false;

	for (int i = 0; i < n; i++) {
		struct connection *c = events[i].data.ptr;

		if (events[i].data.ptr == &a->wake)
			stop_accepting(a);
		else if (events[i].data.ptr == &a->fd)
			incoming = true;
		else if (c->silent)
			on_silent(a, c);
		else
			drop(a, c);
	}
	if (incoming && !a->stopping)
		accept_all(a);
}

static void *
accept_thread(void *arg)
{
	struct acceptor *a = arg;
	struct epoll_event events[EVENTS_MAX];
	int n;

	while (!a->stopping || a->silent.first != NULL) {
		n = epoll_wait(a->epoll, events, EVENTS_MAX, wait_ms(a));
		handle(a, events, n);
		drop_expired(a);
	}
	return NULL;
}

static int
open_socket(struct acceptor *a, struct err *e)
{
	const struct accept_settings *s = &a->settings;
	struct unixsock sock = { .mode = ACCEPT_MODE,
		.path = s->path,
		.uid = s->uid,
		.gid = s->gid };

	if (s->fd >= 0) {
		a->fd = s->fd;
		return 0;
	}
	if (unixsock_listen(&sock, &a->fd, e) < 0)
		return -1;
	a->path = mem_strdup(s->path);
	return 0;
}

static int
start_thread(struct acceptor *a)
{
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	a->wake = eventfd(0, EFD_CLOEXEC);
	if (a->epoll < 0 || a->wake < 0 ||
	    watch(a, EPOLL_CTL_ADD, a->fd, EPOLLIN, &a->fd) < 0 ||
	    watch(a, EPOLL_CTL_ADD, a->wake, EPOLLIN, &a->wake) < 0)
		return errno;
	return pthread_create(&a->thread, NULL, accept_thread, a);
}

int
acceptor_start(struct acceptor *a, const struct accept_settings *settings,
    struct err *e)
{
	int r;

	*a = (struct acceptor){ .settings = *settings,
		.started = true,
		.fd = -1,
		.epoll = -1,
		.wake = -1 };
	a->silent.last = &a->silent.first;
	a->open.last = &a->open.first;
	if (open_socket(a, e) < 0)
		return -1;
	r = start_thread(a);
	a->running = r == 0;
	if (r == 0)
		return 0;
	acceptor_stop(a);
	return err_errno(e, r, "cannot accept connections");
}

static void
end_thread(struct acceptor *a)
{
	uint64_t one = 1;

	if (a->running &&
	    write(a->wake, &one, sizeof(one)) == (ssize_t)sizeof(one))
		(void)pthread_join(a->thread, NULL);
	a->running = false;
}

void
acceptor_stop(struct acceptor *a)
{
	if (!a->started)
		return;
	end_thread(a);
	while (a->silent.first != NULL)
		drop(a, a->silent.first);
	while (a->open.first != NULL)
		drop(a, a->open.first);
	fd_close(&a->fd);
	if (a->path != NULL)
		unixsock_remove(a->path);
	free(a->path);
	fd_close(&a->wake);
	fd_close(&a->epoll);
	*a = (struct acceptor){ 0 };
}

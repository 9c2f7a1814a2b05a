/*
 * splice LISTEN RUNTIME: bytes from one Unix socket to another and back, one
 * thread.  What any proxy between the two must cost at least.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK (256u << 10)

/* One direction: what was read from `from` and not yet written to the other. */
struct end {
	struct end *peer;
	int fd;
	int events;
	size_t begin, len;
	char data[CHUNK];
};

static int epoll;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
unix_socket(const char *path, struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return fd;
}

static void
watch(struct end *e)
{
	int want =
	    (e->len == 0 ? EPOLLIN : 0) | (e->peer->len > 0 ? EPOLLOUT : 0);
	struct epoll_event ev = { .events = (uint32_t)want, .data.ptr = e };

	if (want == e->events)
		return;
	(void)epoll_ctl(epoll, e->events < 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
	    e->fd, &ev);
	e->events = want;
}

/* 0 when done for now, -1 when the connection is over. */
static int
write_out(struct end *e)
{
	while (e->len > 0) {
		ssize_t n = send(e->peer->fd, e->data + e->begin, e->len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		e->begin += (size_t)n;
		e->len -= (size_t)n;
	}
	e->begin = 0;
	return 0;
}

static int
read_in(struct end *e)
{
	ssize_t n;

	if (e->len > 0)
		return 0;
	n = recv(e->fd, e->data, CHUNK, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (n == 0)
		return -1;
	e->len = (size_t)n;
	return write_out(e);
}

static void
drop(struct end *e)
{
	struct end *peer = e->peer;

	close(e->fd);
	close(peer->fd);
	/* Events for these may still be in the list; they are few, and this
	 * program is short-lived. */
	e->fd = peer->fd = -1;
}

static void
accept_one(int listener, const struct sockaddr_un *runtime)
{
	struct end *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	struct sockaddr_un address;

	if (a == NULL || b == NULL)
		die("calloc");
	a->fd = accept(listener, NULL, NULL);
	b->fd = unix_socket(runtime->sun_path, &address);
	a->peer = b;
	b->peer = a;
	a->events = b->events = -1;
	if (a->fd < 0 ||
	    connect(b->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		drop(a);
		return;
	}
	watch(a);
	watch(b);
}

static void
handle(const struct epoll_event *ev)
{
	struct end *e = ev->data.ptr;

	if (e->fd < 0)
		return;
	if (write_out(e->peer) < 0 ||
	    (ev->events & (EPOLLIN | EPOLLHUP | EPOLLERR) && read_in(e) < 0)) {
		drop(e);
		return;
	}
	watch(e);
	watch(e->peer);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[64], ev = { .events = EPOLLIN };
	struct sockaddr_un listen_at, runtime;
	int listener, n;

	if (argc != 3)
		return 2;
	listener = unix_socket(argv[1], &listen_at);
	close(unix_socket(argv[2], &runtime));
	(void)unlink(argv[1]);
	if (bind(listener, (struct sockaddr *)&listen_at, sizeof(listen_at)) <
		0 ||
	    listen(listener, 128) < 0)
		die(argv[1]);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	(void)epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ev);
	for (;;) {
		n = epoll_wait(epoll, events, 64, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				accept_one(listener, &runtime);
			else
				handle(&events[i]);
		}
	}
}

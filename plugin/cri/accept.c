/* Connections come in here. */
#include "cri/accept.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#define BACKLOG 128

/* Out of descriptors: wait for some to be given back. */
#define EXHAUSTED_PAUSE_MS 100

static int
address_of(const char *path, struct sockaddr_un *ret, struct err *e)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return err_set(e, ERR_CONFIG,
		    "socket path %.200s is longer than %zu bytes", path,
		    sizeof(ret->sun_path) - 1);
	memcpy(ret->sun_path, path, strlen(path));
	return 0;
}

static bool
somebody_answers(const struct sockaddr_un *address)
{
	AUTO(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)address,
			      sizeof(*address)) == 0;
}

/* A file left by a process that is gone makes room; anything else stays. */
static int
clear_path(const char *path, const struct sockaddr_un *address, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s is there and is no socket",
		    path);
	if (somebody_answers(address))
		return err_set(e, ERR_CONFIG,
		    "%s is in use: another process answers on it", path);
	if (unlink(path) < 0)
		return err_errno(e, errno, "cannot remove stale socket %s",
		    path);
	return 0;
}

static int
bind_socket(const char *path, struct err *e)
{
	struct sockaddr_un address;
	AUTO(fd) int fd = -1;
	int bound;

	if (address_of(path, &address, e) < 0 ||
	    clear_path(path, &address, e) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, errno, "socket");
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_errno(e, errno, "cannot bind %s", path);
	/* Nobody can connect before listen(), so this is in time. */
	if (chmod(path, ACCEPT_MODE) < 0)
		return err_errno(e, errno, "cannot set the mode of %s", path);
	if (listen(fd, BACKLOG) < 0)
		return err_errno(e, errno, "cannot listen on %s", path);
	bound = fd;
	fd = -1;
	return bound;
}

static void
accept_all(struct acceptor *a)
{
	for (;;) {
		int fd =
		    accept4(a->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			a->connected(a->arg, fd);
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

static void *
accept_thread(void *arg)
{
	struct acceptor *a = arg;
	struct pollfd fds[] = {
		{ .fd = a->fd, .events = POLLIN },
		{ .fd = a->wake, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, COUNT_OF(fds), -1) < 0)
			continue;
		if (fds[1].revents != 0)
			return NULL;
		accept_all(a);
	}
}

int
acceptor_start(struct acceptor *a, const char *path, struct err *e)
{
	int r;

	a->fd = bind_socket(path, e);
	if (a->fd < 0)
		return -1;
	a->path = mem_strdup(path);
	a->wake = eventfd(0, EFD_CLOEXEC);
	r = a->wake < 0 ? errno
			: pthread_create(&a->thread, NULL, accept_thread, a);
	if (r == 0)
		return 0;
	(void)unlink(path);
	fd_close(&a->wake);
	fd_close(&a->fd);
	free(a->path);
	a->path = NULL;
	return err_errno(e, r, "cannot accept on %s", path);
}

/* Our descriptor is closed.  A successor may have bound the path meanwhile; it
 * would answer. */
static void
remove_own(const struct acceptor *a)
{
	struct sockaddr_un address;
	struct err e;

	if (address_of(a->path, &address, &e) == 0 &&
	    !somebody_answers(&address))
		(void)unlink(a->path);
}

void
acceptor_stop(struct acceptor *a)
{
	uint64_t one = 1;

	if (a->path == NULL)
		return;
	if (write(a->wake, &one, sizeof(one)) == (ssize_t)sizeof(one))
		(void)pthread_join(a->thread, NULL);
	(void)shutdown(a->fd, SHUT_RDWR);
	fd_close(&a->fd);
	remove_own(a);
	fd_close(&a->wake);
	free(a->path);
	a->path = NULL;
}

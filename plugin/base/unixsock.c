/* Unix sockets that are files: bound safely, replaced only when stale. */
#include "base/unixsock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

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

int
unixsock_connect(const char *path, int flags)
{
	struct sockaddr_un address;
	struct err ignored;
	int fd, saved;

	if (address_of(path, &address, &ignored) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address,
			  sizeof(address)) == 0)
		return fd;
	saved = errno;
	fd_close(&fd);
	errno = saved;
	return -1;
}

int
unixsock_probe(const char *path)
{
	AUTO(fd) int fd = unixsock_connect(path, SOCK_NONBLOCK);

	/* A backlog that is full has somebody behind it. */
	return fd >= 0 || errno == EAGAIN ? 0 : errno;
}

/* A file left by a process that is gone makes room; anything else stays. */
static int
clear_path(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s is there and is no socket",
		    path);
	if (unixsock_probe(path) != ECONNREFUSED)
		return err_set(e, ERR_CONFIG,
		    "%s is in use: another process answers on it", path);
	if (unlink(path) < 0)
		return err_errno(e, errno, "cannot remove stale socket %s",
		    path);
	return 0;
}

static int
set_access(const struct unixsock *s, struct err *e)
{
	bool owned = s->uid != (uid_t)-1 || s->gid != (gid_t)-1;

	if (owned && lchown(s->path, s->uid, s->gid) < 0)
		return err_errno(e, errno, "cannot set the owner of %s",
		    s->path);
	if (chmod(s->path, s->mode) < 0)
		return err_errno(e, errno, "cannot set the mode of %s",
		    s->path);
	return 0;
}

int
unixsock_listen(const struct unixsock *s, int *ret, struct err *e)
{
	struct sockaddr_un address;
	AUTO(fd) int fd = -1;

	if (address_of(s->path, &address, e) < 0 || clear_path(s->path, e) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, errno, "socket");
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_errno(e, errno, "cannot bind %s", s->path);
	/* Nobody can connect before listen(), so this is in time. */
	if (set_access(s, e) < 0) {
		(void)unlink(s->path);
		return -1;
	}
	if (listen(fd, SOMAXCONN) < 0)
		return err_errno(e, errno, "cannot listen on %s", s->path);
	*ret = fd;
	fd = -1;
	return 0;
}

void
unixsock_remove(const char *path)
{
	if (unixsock_probe(path) == ECONNREFUSED)
		(void)unlink(path);
}

int
unixsock_path(const char *address, char **ret, struct err *e)
{
	const char *path = address;

	if (str_starts(path, "unix://"))
		path += strlen("unix://");
	else if (str_starts(path, "unix:"))
		path += strlen("unix:");
	if (path[0] != '/')
		return err_set(e, ERR_CONFIG,
		    "\"%.200s\" is no Unix socket address: write unix:///path",
		    address);
	*ret = mem_strdup(path);
	return 0;
}

/* Files: read whole and bounded, written whole or not at all. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

void
fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int
read_all(int fd, const char *path, struct buf *ret, struct err *e)
{
	uint8_t chunk[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "cannot read %s", path);
		if (n == 0)
			return 0;
		if (buf_append(ret, chunk, (size_t)n) < 0)
			return err_set(e, ERR_LIMIT,
			    "%s is larger than %zu bytes", path, ret->max);
	}
}

int
file_read(const char *path, size_t max, struct buf *ret, struct err *e)
{
	AUTO(buf) struct buf bytes = buf_with_max(max);
	AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_SYSTEM, "%s is no regular file", path);
	if (read_all(fd, path, &bytes, e) < 0)
		return -1;
	buf_clear(ret);
	*ret = bytes;
	bytes = buf_with_max(0);
	return 0;
}

bool
fd_write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = slice_of(bytes.ptr + n, bytes.len - (size_t)n);
	}
	return true;
}

/* Write it, set its mode and, where that is asked for, have it on the disk. */
static bool
fill(int fd, struct slice bytes, const mode_t *mode)
{
	return fd_write_all(fd, bytes) &&
	       (mode == NULL || (fchmod(fd, *mode) == 0 && fsync(fd) == 0));
}

static int
replace(const char *path, struct slice bytes, const mode_t *mode)
{
	AUTO(str) char *temp = str_printf("%s.new.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC);
	bool good;
	int saved;

	if (fd < 0)
		return -1;
	good = fill(fd, bytes, mode);
	saved = errno;
	if (close(fd) < 0 && good) {
		good = false;
		saved = errno;
	}
	if (good && rename(temp, path) == 0)
		return 0;
	if (good)
		saved = errno;
	(void)unlink(temp);
	errno = saved;
	return -1;
}

int
file_replace(const char *path, struct slice bytes)
{
	return replace(path, bytes, NULL);
}

int
file_replace_as(const char *path, struct slice bytes, mode_t mode)
{
	return replace(path, bytes, &mode);
}

#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

/* Read a whole regular file of at most max bytes (ERR_LIMIT, ERR_SYSTEM). */
int file_read(const char *path, size_t max, struct buf *ret,
    struct err *e) MUST_CHECK;

/* All of it; false, with errno, if that cannot be. */
bool fd_write_all(int fd, struct slice bytes);

/*
 * Write a file (mode 0600) beside path and put it in its place, so that nobody
 * sees half of it.  -1, with errno, if that cannot be: path is then as it was.
 * The file beside it is always a new one, under a name that cannot be guessed: what
 * others may have put there is neither followed nor written to.
 */
int file_replace(const char *path, struct slice bytes) MUST_CHECK;

/* The same with another mode; its contents are on the disk when this returns. */
int file_replace_as(const char *path, struct slice bytes,
    mode_t mode) MUST_CHECK;

/* Close a descriptor held in an AUTO(fd) variable; below 0 means none. */
void fd_close(int *fd);
DEFINE_AUTO_INPLACE(fd, int, fd_close);

#endif

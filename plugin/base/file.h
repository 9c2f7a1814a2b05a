#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

/* Read a whole regular file of at most max bytes (ERR_LIMIT, ERR_SYSTEM). */
int file_read(const char *path, size_t max, struct buf *ret,
    struct err *e) MUST_CHECK;

/* Close a descriptor held in an AUTO(fd) variable; below 0 means none. */
void fd_close(int *fd);
DEFINE_AUTO_INPLACE(fd, int, fd_close);

#endif

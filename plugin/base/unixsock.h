#ifndef BASE_UNIXSOCK_H
#define BASE_UNIXSOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"

/* Listening sockets in the file system (unix(7)). */
struct unixsock {
	const char *path; /* absolute */
	mode_t mode;      /* who may connect, such as 0660 */
	uid_t uid;        /* (uid_t)-1, (gid_t)-1: as they come */
	gid_t gid;
};

/*
 * Bind and listen; nobody can connect before mode and owner are set.  A file
 * left by a process that is gone is replaced; a socket that somebody answers on
 * and a file of another kind are not (ERR_CONFIG).  *ret is a descriptor that
 * does not block; the caller closes it.
 */
int unixsock_listen(const struct unixsock *s, int *ret,
    struct err *e) MUST_CHECK;

/* Remove the file, unless somebody answers there: a successor may have bound
 * the path.  Close the own descriptor first. */
void unixsock_remove(const char *path);

/* A connection, which the caller closes; below 0 with errno.  flags: SOCK_NONBLOCK,
 * or 0 to wait while many do. */
int unixsock_connect(const char *path, int flags);

/* 0 if somebody accepts connections there, else what connect(2) says; it never
 * waits. */
int unixsock_probe(const char *path);

/* The path of "unix:///path", "unix:/path" or "/path", a new string; ERR_CONFIG
 * for all else. */
int unixsock_path(const char *address, char **ret, struct err *e) MUST_CHECK;

#endif

#ifndef NODE_ROOT_H
#define NODE_ROOT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * A node's file system: the machine's own (root "/"), or one below a directory,
 * such as the image of a node.  The paths in plugin/node are the node's
 * ("/etc/…"); these functions lead into the root, symbolic links included.
 */
#define ROOT_FILE_MAX  (1u << 20)
#define ROOT_LINKS_MAX 40

/* Where a path with more links leads: nothing is ever there. */
#define ROOT_NOWHERE "/dev/null/too-many-links"

/* Is it this machine's own? */
bool root_is_own(const char *root);

/* Where the path really is; a new string.  What is not there need not be.  One
 * that does not begin with '/' is taken from there, as services are started. */
char *root_path(const char *root, const char *path)
    __attribute__((returns_nonnull));

/* A regular file as text.  ERR_NOT_FOUND if there is none; else ERR_SYSTEM,
 * ERR_LIMIT, or ERR_MALFORMED if it holds a NUL and may not. */
int root_read(const char *root, const char *path, struct buf *ret,
    struct err *e) MUST_CHECK;
int root_read_text(const char *root, const char *path, struct buf *ret,
    struct err *e) MUST_CHECK;

/* Are all directories and links that lead to a path, and what is there, root's,
 * and writable for nobody else?  ERR_DENIED, with the one that is not. */
int root_check_owners(const char *root, const char *path,
    struct err *e) MUST_CHECK;

/* Put a file there, whole or not at all, readable to all: the kubelet need not be
 * root, nor who looks why.  It is on the disk when this returns; ERR_SYSTEM. */
int root_write(const char *root, const char *path, const char *text,
    struct err *e) MUST_CHECK;

bool root_has(const char *root, const char *path);

/* Is it a link to /dev/null, which the root need not have? */
bool root_is_null(const char *root, const char *path);
bool root_is_dir(const char *root, const char *path);

/* Is the last name of it a symbolic link?  With a '/' behind it none is. */
bool root_is_link(const char *root, const char *path);

/* The names in a directory, sorted, but for those that begin with a dot; none
 * if there is no such directory. */
void root_names(const char *root, const char *dir, struct str_list *ret);

/* With those that begin with a dot, as programs in Go list them. */
void root_all_names(const char *root, const char *dir, struct str_list *ret);

#endif

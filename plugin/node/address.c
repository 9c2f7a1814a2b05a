/* Addresses of sockets, compared. */
#include "node/address.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/unixsock.h"
#include "node/root.h"

char *
address_path(const char *root, const char *address)
{
	AUTO(str) char *path = NULL;
	struct err ignored;

	return unixsock_path(address, &path, &ignored) < 0
		   ? NULL
		   : root_path(root, path);
}

/* The path, with one name for /run. */
static char *
plain_path(const char *address)
{
	AUTO(str) char *path = NULL;
	struct err ignored;

	if (unixsock_path(address, &path, &ignored) < 0)
		return NULL;
	if (str_starts(path, "/var/run/"))
		return mem_strdup(path + strlen("/var"));
	return TAKE(path);
}

bool
address_same(const char *root, const char *a, const char *b)
{
	AUTO(str) char *one = plain_path(a);
	AUTO(str) char *other = plain_path(b);
	AUTO(str) char *one_file = address_path(root, a);
	AUTO(str) char *other_file = address_path(root, b);
	struct stat first, second;

	if (one == NULL || other == NULL || one_file == NULL ||
	    other_file == NULL)
		return false;
	if (strcmp(one, other) == 0)
		return true;
	return stat(one_file, &first) == 0 && stat(other_file, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

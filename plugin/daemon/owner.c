/* Users and groups by name. */
#include "daemon/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

/* An entry with all its texts. */
#define ENTRY_MAX 65536

/* The number -1 means "none" to chown(2). */
#define NUMBER_MAX 4294967294UL

static int
number(const char *text, unsigned long *ret)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 10 || text[len] != '\0')
		return -1;
	errno = 0;
	*ret = strtoul(text, NULL, 10);
	return errno == 0 && *ret <= NUMBER_MAX ? 0 : -1;
}

int
owner_uid(const char *name, uid_t *ret)
{
	char text[ENTRY_MAX];
	struct passwd entry, *found = NULL;
	unsigned long n;

	if (number(name, &n) == 0)
		*ret = (uid_t)n;
	else if (getpwnam_r(name, &entry, text, sizeof(text), &found) == 0 &&
		 found != NULL)
		*ret = entry.pw_uid;
	else
		return -1;
	return 0;
}

int
owner_gid(const char *name, gid_t *ret)
{
	char text[ENTRY_MAX];
	struct group entry, *found = NULL;
	unsigned long n;

	if (number(name, &n) == 0)
		*ret = (gid_t)n;
	else if (getgrnam_r(name, &entry, text, sizeof(text), &found) == 0 &&
		 found != NULL)
		*ret = entry.gr_gid;
	else
		return -1;
	return 0;
}

#ifndef DAEMON_OWNER_H
#define DAEMON_OWNER_H

#include <sys/types.h>

#include "base/auto.h"

/* The number of a user or a group: of its name in the system's database, or
 * written as a number.  -1 if there is none. */
int owner_uid(const char *name, uid_t *ret) MUST_CHECK;
int owner_gid(const char *name, gid_t *ret) MUST_CHECK;

#endif

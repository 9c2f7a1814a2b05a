#ifndef NODE_SYSTEMCTL_H
#define NODE_SYSTEMCTL_H

#include "base/auto.h"
#include "base/err.h"

/* systemctl VERB [UNIT], waited for; unit may be NULL.  ERR_SYSTEM if it cannot be
 * run or fails. */
int systemctl(const char *verb, const char *unit, struct err *e) MUST_CHECK;

#endif

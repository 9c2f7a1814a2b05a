#ifndef DAEMON_AUDIT_H
#define DAEMON_AUDIT_H

#include "base/err.h"
#include "base/json.h"
#include "daemon/recent.h"
#include "policy/model.h"

/*
 * Where decisions are written down: each is a line of the log, and of the audit
 * file if there is one.
 */
struct audit {
	int fd;                /* below 0: no file */
	struct recent *recent; /* told as well; borrowed, NULL: none */
};

/* path may be NULL. */
int audit_open(const char *path, struct audit *ret, struct err *e) MUST_CHECK;

/* Go on in the file that is at the path now (it was rotated).  On failure lines
 * go on into the old one. */
int audit_reopen(const char *path, struct audit *a, struct err *e) MUST_CHECK;
void audit_close(struct audit *a);

/* One decision; takes the record over.  Thread-safe.  arg is a struct audit. */
void audit_record(void *arg, struct json *record, enum verdict verdict);

#endif

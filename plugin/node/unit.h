#ifndef NODE_UNIT_H
#define NODE_UNIT_H

#include "base/err.h"
#include "base/str.h"

/*
 * A systemd service as its file and its drop-ins make it, as far as a command
 * line hangs on it.  (Generators and transient units are not looked at.)
 */
struct unit {
	char *name;            /* "kubelet.service" */
	char *path;            /* its file */
	struct str_list exec;  /* ExecStart=, as written */
	char *exec_from;       /* the file that gave it; NULL: none did */
	struct str_list files; /* EnvironmentFile=, as written */
	struct str_map env;    /* what comes of them and of Environment= */
};

/*
 * Read it without the drop-in `skip` (may be NULL).  ERR_NOT_FOUND if there is
 * no such unit, or it is masked; the caller clears *ret whatever comes.
 */
int unit_read(const char *root, const char *name, const char *skip,
    struct unit *ret, struct err *e) MUST_CHECK;

/* The words of its command, with the environment put in; ERR_CONFIG unless it is
 * one command. */
int unit_words(const struct unit *u, struct str_list *ret,
    struct err *e) MUST_CHECK;

void unit_clear(struct unit *u);
DEFINE_AUTO_INPLACE(unit, struct unit, unit_clear);

#endif

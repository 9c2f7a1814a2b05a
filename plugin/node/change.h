#ifndef NODE_CHANGE_H
#define NODE_CHANGE_H

#include "node/ledger.h"
#include "node/plan.h"

/* A plan done, and taken back. */
struct change {
	const char *root;
	const struct plan *plan;
	struct ledger *ledger; /* becomes what is on the disk */
};

/*
 * May it be done?  ERR_CONFIG if a file is in the way that is not ours, or that
 * was changed since, or if it was done in another way before.  *done says that
 * it is done already.
 */
int change_check(const struct change *c, bool *done, struct err *e) MUST_CHECK;

/* The files as they would become, "+" before each new line, "-" before each that
 * goes; a new string. */
char *change_show(const struct change *c) __attribute__((returns_nonnull));

/* The ledger first, so that whatever was written can be taken back. */
int change_do(const struct change *c, struct err *e) MUST_CHECK;

/* Taking back: the ledger's files are as they were written, or gone. */
int change_check_undo(const struct change *c, struct err *e) MUST_CHECK;
char *change_show_undo(const struct change *c) __attribute__((returns_nonnull));
int change_undo(const struct change *c, struct err *e) MUST_CHECK;

#endif

#ifndef CLI_NODE_H
#define CLI_NODE_H

#include "cli/cli.h"

/* What `pullgate node` was told. */
struct node_options {
	const char *config; /* NULL: the usual one of the root */
	const char *root;   /* of the node's files, without a '/' at its end,
			       or "/" */
	bool create_gate, dry_run, restart, offline, json;
};

/* One a verb; each gives an exit code. */
int node_enable(const struct node_options *o);
int node_disable(const struct node_options *o);
int node_status(const struct node_options *o);
int node_doctor(const struct node_options *o);

/* The node's configuration of pullgate.  EXIT_OK, or EXIT_USAGE with the
 * complaints printed. */
int node_config(const struct node_options *o, struct config *ret);

/* Its address as seen from here: below the root. */
char *node_address(const struct node_options *o, const char *address)
    __attribute__((returns_nonnull));

/* "pullgate node VERB: …" on standard error. */
void node_complain(const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif

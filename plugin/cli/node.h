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

/* Ask the daemon of the node; NULL if none answers, with the reason in e. */
struct json *node_ask(const struct node_options *o, const struct config *config,
    const char *op, struct err *e);

/* A label and what is to be said of it, on a line of standard error. */
void node_say(const char *label, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "pullgate node VERB: …" on standard error. */
void node_complain(const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif

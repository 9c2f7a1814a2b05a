#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "base/diag.h"
#include "base/str.h"
#include "daemon/config.h"
#include "gate/ring.h"

/*
 * The command line.  A subcommand is a file and a row in main.c.  Exit codes: 0
 * allowed or fine, 1 refused or failed, 2 usage or configuration.
 */
#define EXIT_OK      0
#define EXIT_REFUSED 1
#define EXIT_USAGE   2

struct command {
	const char *name;                  /* as typed: "policy check" */
	int (*run)(int argc, char **argv); /* argv[0] is the last word */
	const char *usage;
	const char *help;
};

extern const struct command command_serve;
extern const struct command command_verify;
extern const struct command command_policy_check;
extern const struct command command_policy_explain;
extern const struct command command_policy_test;
extern const struct command command_verify_bundle;
extern const struct command command_inspect;
extern const struct command command_image_verifier;
extern const struct command command_node;
extern const struct command command_version;

/* "pullgate: …" and where help is, on standard error.  Gives EXIT_USAGE. */
int usage_error(const struct command *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The usage and help of one command, on standard output.  Gives EXIT_OK. */
int usage_help(const struct command *c);

/* Every complaint on standard error. */
void print_diag(const struct diag *d);

/*
 * The configuration a command runs with: the file if it is named or is at its
 * usual place, and policies given on the command line instead of its own.
 * EXIT_OK, or EXIT_USAGE with the complaints printed.
 */
int load_config(const char *path, const struct str_list *policies,
    struct config *ret);

/* Its policies and their keys; likewise. */
int load_ring(const struct config *config, struct ring **ret);

#endif

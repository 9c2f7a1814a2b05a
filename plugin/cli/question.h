#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include <stdbool.h>

#include "cli/cli.h"

/* A pull that a command is asked about: what verify and policy explain take. */
struct question {
	const char *config, *namespace_, *image; /* as typed */
	const char *record; /* a file to write; verify alone takes it */
	bool json;          /* -o json */
	struct str_list policies;
	struct str_map labels;
};

/* Options and the image.  -1: go on; else the exit code, with everything said
 * that there is to say. */
int question_read(const struct command *c, int argc, char **argv,
    struct question *ret);

void question_clear(struct question *q);
DEFINE_AUTO_INPLACE(question, struct question, question_clear);

#define QUESTION_SYNOPSIS                                                      \
	"[--config FILE] [--policy DIR|FILE]... [--namespace NS] "             \
	"[--pod-label K=V]... [-o text|json] IMAGE\n\n"

#define QUESTION_OPTIONS                                                       \
	"  --config FILE      configuration (" CONFIG_PATH ")\n"               \
	"  --policy DIR|FILE  policies instead of the "                        \
	"configuration's; may be repeated\n"                                   \
	"  --namespace NS     ask for a pod in this namespace\n"               \
	"  --pod-label K=V    ask for a pod with this label; may be "          \
	"repeated\n"                                                           \
	"  -o text|json       text on standard error, or one JSON "            \
	"object on standard output\n"

#endif

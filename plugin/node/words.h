#ifndef NODE_WORDS_H
#define NODE_WORDS_H

#include "base/err.h"
#include "base/str.h"

/*
 * The words of a command as systemd reads them (systemd.service(5), "Command
 * lines"): quotes, backslashes, $NAME as a word of its own becomes the words of
 * its value, ${NAME} its text.  Without an environment a '$' is only that.
 * Adds to *ret.  ERR_MALFORMED for a quote that does not end.
 */
int words_split(const char *line, const struct str_map *env,
    struct str_list *ret, struct err *e) MUST_CHECK;

/* The last value of a flag, "--name=value" or "--name value", borrowed; NULL if
 * it is not given.  '_' in the name is as good as '-', as the kubelet reads it. */
const char *words_flag(const struct str_list *words, const char *name);

/* Is "name", or "name=value", that flag? */
bool words_is_flag(const char *word, const char *name);

/* Every value of it, in order. */
void words_flag_all(const struct str_list *words, const char *name,
    struct str_list *ret);

/* The words that the NULs of a /proc/PID/cmdline separate; empty ones that
 * follow the last are left out. */
void words_of_cmdline(struct slice text, struct str_list *ret);

/*
 * The next line of a unit or an environment file: a backslash at the end goes on
 * in the next, comments are left out, white space around it is cut.  A new
 * string; NULL at the end.
 */
char *words_next_line(const char **text);

/* The part of a path after its last '/'; borrowed. */
const char *words_base_name(const char *path);

#endif

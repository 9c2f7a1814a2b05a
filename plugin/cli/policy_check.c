/* pullgate policy check */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/report.h"
#include "gate/ring.h"
#include "policy/exemption.h"

/* Longer lines are not shown. */
#define LINE_MAX_SHOWN 200

/* A complaint taken apart: "file:line:column: message"; line and column are 0
 * where there is none. */
struct complaint {
	char *file;
	unsigned line, column;
	const char *message;
};

/* The number behind the last colon of text, which is cut there; 0 for none. */
static unsigned
cut_number(char *text)
{
	char *colon = strrchr(text, ':');
	unsigned n;

	if (colon == NULL || colon[1] == '\0' ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return 0;
	n = (unsigned)strtoul(colon + 1, NULL, 10);
	*colon = '\0';
	return n;
}

static struct complaint
take_apart(const char *text)
{
	const char *space = strstr(text, ": ");
	struct complaint c = { .message = text };

	if (space == NULL)
		return c;
	c.file = mem_strndup(text, (size_t)(space - text));
	c.message = space + 2;
	c.column = cut_number(c.file);
	c.line = cut_number(c.file);
	return c;
}

/* The line that a complaint is about; NULL if it cannot be shown, or should not
 * be: somebody may have pasted a private key. */
static char *
line_of(const struct complaint *c)
{
	FILE *f = c->line == 0 ? NULL : fopen(c->file, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n = 0;

	if (f == NULL)
		return NULL;
	for (unsigned i = 0; i < c->line && n >= 0; i++)
		n = getline(&line, &cap, f);
	(void)fclose(f);
	if (n < 0 || n > LINE_MAX_SHOWN || strstr(line, "-----") != NULL) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

/* As compilers do: the line, and a caret below the place. */
static void
show_place(const struct complaint *c)
{
	AUTO(str) char *line = line_of(c);
	AUTO(str) char *clean = NULL;
	unsigned column = 1;

	if (line == NULL)
		return;
	clean = str_printable(slice_str(line));
	/* A tab or a byte that had to be written otherwise moves what follows. */
	if (strcmp(clean, line) != 0)
		return;
	(void)fprintf(stderr, "  %s\n  ", line);
	for (const char *p = line; *p != '\0' && column < c->column; p++) {
		if ((*p & 0xc0) == 0x80)
			continue;
		(void)fputc(' ', stderr);
		column++;
	}
	(void)fprintf(stderr, "^\n");
}

static void
say_list(char *const *items, size_t n, size_t dropped)
{
	for (size_t i = 0; i < n; i++) {
		struct complaint c = take_apart(items[i]);

		(void)fprintf(stderr, "%s\n", items[i]);
		show_place(&c);
		free(c.file);
	}
	if (dropped > 0)
		(void)fprintf(stderr, "and %zu more\n", dropped);
}

/* How many documents there are; none if they did not load. */
struct counts {
	size_t policies, exemptions;
};

static void
say_text(const struct counts *n, const struct diag *d)
{
	say_list(d->items, d->n, d->dropped);
	say_list(d->remarks, d->nremarks, d->remarks_dropped);
	if (d->n > 0)
		return;
	(void)fprintf(stderr, "%zu %s, ", n->policies,
	    n->policies == 1 ? "policy" : "policies");
	if (n->exemptions > 0)
		(void)fprintf(stderr, "%zu %s, ", n->exemptions,
		    n->exemptions == 1 ? "exemption" : "exemptions");
	(void)fprintf(stderr, "%s\n",
	    d->nremarks == 0 ? "all fine" : "no mistakes");
}

/* Remarks begin with what they are. */
static void
set_message(struct json *one, const char *message)
{
	static const char *const kinds[] = { "warning", "note" };

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		size_t len = strlen(kinds[i]);

		if (strncmp(message, kinds[i], len) != 0 ||
		    strncmp(message + len, ": ", 2) != 0)
			continue;
		json_set_text(one, "severity", kinds[i]);
		message += len + 2;
	}
	json_set_text(one, "message", message);
}

static struct json *
list_json(char *const *items, size_t n)
{
	struct json *list = json_new_array();

	for (size_t i = 0; i < n; i++) {
		struct complaint c = take_apart(items[i]);
		struct json *one = json_new_object();

		json_set_text(one, "file", c.file);
		json_set_integer(one, "line", c.line);
		json_set_integer(one, "column", c.column);
		set_message(one, c.message);
		json_add(list, one);
		free(c.file);
	}
	return list;
}

static void
say_json(size_t policies, const struct diag *d)
{
	AUTO(json) struct json *all = json_new_object();

	json_set_integer(all, "policies", (int64_t)policies);
	json_set(all, "errors", list_json(d->items, d->n));
	json_set(all, "remarks", list_json(d->remarks, d->nremarks));
	report_json(all);
}

/* What was remarked of this place is a complaint now. */
static void
forget_remarks(struct diag *d, struct diag_pos pos)
{
	AUTO(str)
	char *place = str_printf("%s:%u:%u: ", pos.file, pos.line, pos.column);
	size_t kept = 0;

	for (size_t i = 0; i < d->nremarks; i++) {
		if (str_starts(d->remarks[i], place))
			free(d->remarks[i]);
		else
			d->remarks[kept++] = d->remarks[i];
	}
	d->nremarks = kept;
}

/* An exemption that is over stops nothing on a node, but whoever checks files
 * should take it out of them. */
static int
check_exemptions(const struct policy_set *set, struct diag *d)
{
	int64_t now = clock_now();
	int bad = 0;

	for (size_t i = 0; i < set->nexemptions; i++) {
		const struct policy_exemption *x = set->exemptions[i];
		AUTO(str) char *expiry = policy_exemption_expiry(x, now);

		if (expiry == NULL)
			continue;
		forget_remarks(d, x->not_after_pos);
		bad = diag_add(d, x->not_after_pos, "exemption \"%s\": %s",
		    x->name, expiry);
	}
	return bad;
}

static int
load(const struct ring_sources *from, struct counts *n, struct diag *d)
{
	AUTO(ring) struct ring *ring = NULL;
	const struct policy_set *set;

	if (ring_load(from, &ring, d) < 0)
		return EXIT_USAGE;
	set = ring_policies(ring);
	*n = (struct counts){ set->n, set->nexemptions };
	return check_exemptions(set, d) < 0 ? EXIT_REFUSED : EXIT_OK;
}

static int
check(char **paths, size_t n, bool json)
{
	AUTO(diag) struct diag d = { 0 };
	struct ring_sources from = { (const char *const *)paths, n, NULL };
	struct counts counts = { 0 };
	int code = load(&from, &counts, &d);

	if (json)
		say_json(counts.policies, &d);
	else
		say_text(&counts, &d);
	return code;
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *output = "text";
	int opt;

	while ((opt = getopt_long(argc, argv, "o:h", longs, NULL)) >= 0) {
		if (opt != 'o')
			return opt == 'h' ? usage_help(&command_policy_check)
					  : EXIT_USAGE;
		output = optarg;
	}
	if (strcmp(output, "text") != 0 && strcmp(output, "json") != 0)
		return usage_error(&command_policy_check,
		    "-o wants text or json");
	if (optind == argc)
		return usage_error(&command_policy_check,
		    "name a policy file or directory");
	return check(argv + optind, (size_t)(argc - optind),
	    strcmp(output, "json") == 0);
}

const struct command command_policy_check = {
	.name = "policy check",
	.run = run,
	.usage = "[-o text|json] DIR|FILE...\n\n"
		 "Loads policies and the keys they name, as serve would.  "
		 "Prints every\nmistake as file:line:column: message, and "
		 "the line it is in; exits with 0 only if\nthere is none, with "
		 "1 if the only mistakes are exemptions that have expired.  "
		 "Warnings\nand notes say what to know of policies that "
		 "load.\n\n"
		 "  -o text|json       text on standard error, or one JSON "
		 "object on standard output\n",
	.help = "load policies and report every mistake",
};

/* A pull that is asked about. */
#include "cli/question.h"

#include <getopt.h>
#include <string.h>

#include "base/mem.h"

static int
add_label(const struct command *c, struct question *q, const char *text)
{
	const char *equals = strchr(text, '=');
	AUTO(str) char *key = NULL;

	if (equals == NULL || equals == text)
		return usage_error(c, "--pod-label wants KEY=VALUE");
	key = mem_strndup(text, (size_t)(equals - text));
	str_map_set(&q->labels, key, equals + 1);
	return -1;
}

static int
set_output(const struct command *c, struct question *q, const char *text)
{
	q->json = strcmp(text, "json") == 0;
	if (!q->json && strcmp(text, "text") != 0)
		return usage_error(c, "-o wants text or json");
	return -1;
}

/* An option's meaning; -1 to go on, else the exit code. */
static int
take(const struct command *c, struct question *q, int opt)
{
	switch (opt) {
	case 'c':
		q->config = optarg;
		return -1;
	case 'n':
		q->namespace_ = optarg;
		return -1;
	case 'o':
		return set_output(c, q, optarg);
	case 'p':
		str_list_add(&q->policies, optarg);
		return -1;
	case 'L':
		return add_label(c, q, optarg);
	case 'r':
		q->record = optarg;
		return -1;
	case 'h':
		return usage_help(c);
	default:
		return EXIT_USAGE;
	}
}

int
question_read(const struct command *c, int argc, char **argv,
    struct question *ret)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "policy", required_argument, NULL, 'p' },
		{ "namespace", required_argument, NULL, 'n' },
		{ "pod-label", required_argument, NULL, 'L' },
		{ "record", required_argument, NULL, 'r' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt, r = -1;

	while (
	    r < 0 && (opt = getopt_long(argc, argv, "n:o:h", longs, NULL)) >= 0)
		r = take(c, ret, opt);
	if (r >= 0)
		return r;
	if (argc - optind != 1)
		return usage_error(c, "name one image");
	ret->image = argv[optind];
	return -1;
}

void
question_clear(struct question *q)
{
	str_list_clear(&q->policies);
	str_map_clear(&q->labels);
}

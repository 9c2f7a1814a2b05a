/* pullgate's command line: which word runs which command. */
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"

static const struct command *const commands[] = {
	&command_serve,
	&command_verify,
	&command_policy_check,
	&command_policy_explain,
	&command_policy_test,
	&command_inspect,
	&command_verify_bundle,
	&command_image_verifier,
	&command_node,
	&command_version,
};

static int
help(FILE *out)
{
	(void)fprintf(out,
	    "pullgate refuses image pulls whose signatures fail the node's policy.\n"
	    "\nCommands:\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		(void)fprintf(out, "  pullgate %-14s %s\n", commands[i]->name,
		    commands[i]->help);
	(void)fprintf(out, "\npullgate COMMAND --help says more.\n");
	return EXIT_OK;
}

/* How many words of argv the command's name takes; 0 if it is another. */
static int
words_of(const struct command *c, int argc, char **argv)
{
	const char *space = strchr(c->name, ' ');
	size_t first =
	    space == NULL ? strlen(c->name) : (size_t)(space - c->name);

	if (argc < 2 || strlen(argv[1]) != first ||
	    strncmp(argv[1], c->name, first) != 0)
		return 0;
	if (space == NULL)
		return 1;
	return argc > 2 && strcmp(argv[2], space + 1) == 0 ? 2 : 0;
}

/* By another name the program is another one: containerd runs what is in its
 * bin_dir with options alone. */
static bool
is_image_verifier(const char *name)
{
	return name != NULL && str_ends(name, "image-verifier");
}

int
main(int argc, char **argv)
{
	int words;

	mem_adopt_libraries();
	if (is_image_verifier(argv[0]))
		return command_image_verifier.run(argc, argv);
	if (argc < 2) {
		(void)help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0)
		return command_version.run(1, argv);
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		words = words_of(commands[i], argc, argv);
		if (words > 0)
			return commands[i]->run(argc - words, argv + words);
	}
	(void)fprintf(stderr,
	    "pullgate: unknown command \"%s\"; see pullgate help\n", argv[1]);
	return EXIT_USAGE;
}

/* pullgate version */
#include "cli/cli.h"

static int
run(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return usage_help(&command_version);
	(void)printf("pullgate " PULLGATE_VERSION "\n");
	return EXIT_OK;
}

const struct command command_version = {
	.name = "version",
	.run = run,
	.usage = "\n",
	.help = "print the version",
};

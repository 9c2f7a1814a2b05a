/* pullgate version */
#include <string.h>

#include "cli/cli.h"

static int
run(int argc, char **argv)
{
	if (argc > 1 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return usage_help(&command_version);
	if (argc > 1)
		return usage_error(&command_version,
		    "unexpected argument \"%s\"", argv[1]);
	(void)printf("pullgate " PULLGATE_VERSION "\n");
	return EXIT_OK;
}

const struct command command_version = {
	.name = "version",
	.run = run,
	.usage = "\n",
	.help = "print the version",
};

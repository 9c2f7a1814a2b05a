/* pullgate policy check */
#include <getopt.h>

#include "cli/cli.h"
#include "gate/ring.h"

static int
check(char **paths, size_t n)
{
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *ring = NULL;

	if (ring_load((const char *const *)paths, n, &ring, &d) < 0) {
		print_diag(&d);
		return EXIT_USAGE;
	}
	(void)fprintf(stderr, "%zu %s, all fine\n", ring_policies(ring)->n,
	    ring_policies(ring)->n == 1 ? "policy" : "policies");
	return EXIT_OK;
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) >= 0)
		return opt == 'h' ? usage_help(&command_policy_check)
				  : EXIT_USAGE;
	if (optind == argc)
		return usage_error(&command_policy_check,
		    "name a policy file or directory");
	return check(argv + optind, (size_t)(argc - optind));
}

const struct command command_policy_check = {
	.name = "policy check",
	.run = run,
	.usage = "DIR|FILE...\n\n"
		 "Loads policies and the keys they name, as serve would.  "
		 "Prints every\nmistake as file:line:column: message and "
		 "exits with 0 only if there is none.\n",
	.help = "load policies and report every mistake",
};

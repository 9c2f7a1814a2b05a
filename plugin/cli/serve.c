/* pullgate serve */
#include "daemon/serve.h"

#include <getopt.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"

struct options {
	const char *config, *listen, *runtime;
	struct str_list policies;
};

static void
override(char **value, const char *given)
{
	if (given == NULL)
		return;
	free(*value);
	*value = mem_strdup(given);
}

static int
serve(const struct options *o)
{
	AUTO(config) struct config config = { 0 };

	if (load_config(o->config, &o->policies, &config) != EXIT_OK)
		return EXIT_USAGE;
	override(&config.listen, o->listen);
	override(&config.runtime, o->runtime);
	return daemon_serve(&config);
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "listen", required_argument, NULL, 'l' },
		{ "runtime", required_argument, NULL, 'r' },
		{ "policy", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options o = { 0 };
	int opt, r = -1;

	while (
	    r < 0 && (opt = getopt_long(argc, argv, "h", longs, NULL)) >= 0) {
		if (opt == 'c')
			o.config = optarg;
		else if (opt == 'l')
			o.listen = optarg;
		else if (opt == 'r')
			o.runtime = optarg;
		else if (opt == 'p')
			str_list_add(&o.policies, optarg);
		else
			r = opt == 'h' ? usage_help(&command_serve)
				       : EXIT_USAGE;
	}
	if (r < 0)
		r = optind < argc
			? usage_error(&command_serve,
			      "unexpected argument \"%s\"", argv[optind])
			: serve(&o);
	str_list_clear(&o.policies);
	return r;
}

const struct command command_serve = {
	.name = "serve",
	.run = run,
	.usage =
	    "[--config FILE] [--listen ADDRESS] [--runtime ADDRESS] "
	    "[--policy DIR|FILE]...\n\n"
	    "Relays every CRI call to the runtime and asks the policies "
	    "before a pull.\n\n"
	    "  --config FILE      configuration (" CONFIG_PATH ")\n"
	    "  --listen ADDRESS   socket for the kubelet (" CONFIG_LISTEN ")\n"
	    "  --runtime ADDRESS  the runtime's socket (" CONFIG_RUNTIME ")\n"
	    "  --policy DIR|FILE  policies instead of the "
	    "configuration's; may be repeated\n",
	.help = "run the proxy between kubelet and runtime",
};

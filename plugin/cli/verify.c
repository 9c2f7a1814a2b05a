/* pullgate verify: one pull's question, asked by hand. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/report.h"
#include "gate/gate.h"

struct options {
	const char *config, *namespace_, *output, *image;
	struct str_list policies;
	struct str_map labels;
};

static int
ask(const struct options *o, const struct config *config, struct ring *ring)
{
	AUTO(registry)
	struct registry *registry =
	    registry_new(config->registries, config->nregistries);
	AUTO(gate) struct gate *gate = NULL;
	AUTO(gate_answer) struct gate_answer answer = { 0 };
	struct gate_settings settings = config->gate;

	settings.report = true;
	gate = gate_new(&settings, registry, ring);
	gate_check(gate,
	    &(struct gate_request){
		.image = slice_str(o->image),
		.namespace_ = o->namespace_,
		.labels = &o->labels,
	    },
	    &answer);
	if (strcmp(o->output, "json") == 0)
		report_json(answer.report);
	else
		report_text(answer.report);
	return answer.verdict == VERDICT_ALLOW ? EXIT_OK : EXIT_REFUSED;
}

static int
verify(const struct options *o)
{
	AUTO(config) struct config config = { 0 };
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *ring = NULL;

	if (load_config(o->config, &o->policies, &config) != EXIT_OK)
		return EXIT_USAGE;
	if (ring_load((const char *const *)config.policies.items,
		config.policies.n, &ring, &d) < 0) {
		print_diag(&d);
		return EXIT_USAGE;
	}
	return ask(o, &config, ring);
}

static int
add_label(struct options *o, const char *text)
{
	const char *equals = strchr(text, '=');
	AUTO(str) char *key = NULL;

	if (equals == NULL || equals == text)
		return usage_error(&command_verify,
		    "--pod-label wants KEY=VALUE");
	key = mem_strndup(text, (size_t)(equals - text));
	str_map_set(&o->labels, key, equals + 1);
	return -1;
}

/* An option's meaning; -1 to go on, else the exit code. */
static int
take(struct options *o, int opt)
{
	switch (opt) {
	case 'c':
		o->config = optarg;
		return -1;
	case 'n':
		o->namespace_ = optarg;
		return -1;
	case 'o':
		o->output = optarg;
		return -1;
	case 'p':
		str_list_add(&o->policies, optarg);
		return -1;
	case 'L':
		return add_label(o, optarg);
	case 'h':
		return usage_help(&command_verify);
	default:
		return EXIT_USAGE;
	}
}

static int
check(struct options *o, int argc, char **argv)
{
	if (strcmp(o->output, "text") != 0 && strcmp(o->output, "json") != 0)
		return usage_error(&command_verify, "-o wants text or json");
	if (argc - optind != 1)
		return usage_error(&command_verify, "name one image");
	o->image = argv[optind];
	return verify(o);
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "policy", required_argument, NULL, 'p' },
		{ "namespace", required_argument, NULL, 'n' },
		{ "pod-label", required_argument, NULL, 'L' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options o = { .output = "text" };
	int opt, r = -1;

	while (
	    r < 0 && (opt = getopt_long(argc, argv, "n:o:h", longs, NULL)) >= 0)
		r = take(&o, opt);
	if (r < 0)
		r = check(&o, argc, argv);
	str_list_clear(&o.policies);
	str_map_clear(&o.labels);
	return r;
}

const struct command command_verify = {
	.name = "verify",
	.run = run,
	.usage = "[--config FILE] [--policy DIR|FILE]... [--namespace NS] "
		 "[--pod-label K=V]... [-o text|json] IMAGE\n\n"
		 "Says whether the image could be pulled on this node, and "
		 "why.  Exits with 0 if so,\n1 if not, 2 for a mistake in "
		 "usage or configuration.\n\n"
		 "  --config FILE      configuration (" CONFIG_PATH ")\n"
		 "  --policy DIR|FILE  policies instead of the "
		 "configuration's; may be repeated\n"
		 "  --namespace NS     ask for a pod in this namespace\n"
		 "  --pod-label K=V    ask for a pod with this label; may be "
		 "repeated\n"
		 "  -o text|json       text on standard error, or one JSON "
		 "object on standard output\n",
	.help = "say whether an image could be pulled, and why",
};

/* pullgate inspect: what a registry holds for an image. */
#include <getopt.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/report.h"
#include "gate/inspect.h"

struct request {
	struct inspect_question q;
	const char *config;
	bool json;
};

static int
answer(const struct request *r, const struct config *config)
{
	AUTO(registry)
	struct registry *registry =
	    registry_new(config->registries, config->nregistries);
	AUTO(json) struct json *report = NULL;
	struct inspect_question q = r->q;
	struct err e = { 0 };

	if (q.trusted_root == NULL)
		q.trusted_root = config->trusted_root;
	if (inspect_image(&q, registry, &report, &e) < 0) {
		AUTO(str) char *clean = str_printable(slice_str(e.msg));

		(void)fprintf(stderr, "pullgate: %s\n", clean);
		return err_kind_of(e.code) == ERR_BROKEN ? EXIT_USAGE
							 : EXIT_REFUSED;
	}
	if (r->json)
		report_json(report);
	else
		report_inspection(report);
	return EXIT_OK;
}

/* EXIT code, or -1 to go on. */
static int
take(struct request *r, int opt)
{
	switch (opt) {
	case 'c':
		r->config = optarg;
		return -1;
	case 'r':
		r->q.repository = optarg;
		return -1;
	case 'k':
		r->q.key = optarg;
		return -1;
	case 't':
		r->q.trusted_root = optarg;
		return -1;
	case 'o':
		r->json = strcmp(optarg, "json") == 0;
		if (r->json || strcmp(optarg, "text") == 0)
			return -1;
		return usage_error(&command_inspect,
		    "output must be text or json");
	case 'h':
		return usage_help(&command_inspect);
	default:
		return EXIT_USAGE;
	}
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "repository", required_argument, NULL, 'r' },
		{ "key", required_argument, NULL, 'k' },
		{ "trusted-root", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	AUTO(config) struct config config = { 0 };
	struct str_list none = { 0 };
	struct request r = { 0 };
	int opt, done = -1;

	while (done < 0 &&
	       (opt = getopt_long(argc, argv, "o:h", longs, NULL)) >= 0)
		done = take(&r, opt);
	if (done >= 0)
		return done;
	if (optind + 1 != argc)
		return usage_error(&command_inspect, "name one image");
	r.q.image = argv[optind];
	if (load_config(r.config, &none, &config) != EXIT_OK)
		return EXIT_USAGE;
	return answer(&r, &config);
}

const struct command command_inspect = {
	.name = "inspect",
	.run = run,
	.usage =
	    "[--config FILE] [--repository REPO] [--key PEM] [--trusted-root FILE] [-o text|json] IMAGE\n\n"
	    "Shows the signatures and attestations that the registry holds for the image: those\n"
	    "that are good under the trusted root, or by the key, with who signed, when and by\n"
	    "whose word; of the others why not.  No policy is asked.  Exits with 0, 1 if the\n"
	    "registry cannot be asked, 2 for a mistake in usage or configuration.\n\n"
	    "  --config FILE          registries and trustedRoot (/etc/pullgate/config.yaml, if there)\n"
	    "  --repository REPO      where signatures are, if not beside the image\n"
	    "  --key PEM              a file with a public key to try\n"
	    "  --trusted-root FILE    a trusted_root.json instead of the configuration's\n"
	    "  -o, --output text|json\n",
	.help =
	    "show what signatures and attestations a registry holds for an image",
};

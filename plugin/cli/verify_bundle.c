/* pullgate verify-bundle: the protocol of sigstore's client conformance tests. */
#include <getopt.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/report.h"
#include "gate/bundle.h"

static int
ask(const struct bundle_question *q, bool json)
{
	AUTO(json) struct json *report = NULL;
	AUTO(str) char *clean = NULL;
	struct err e = { 0 };

	if (bundle_check(q, &report, &e) == 0) {
		if (json)
			report_json(report);
		else
			(void)fprintf(stderr, "verified\n");
		return EXIT_OK;
	}
	clean = str_printable(slice_str(e.msg));
	(void)fprintf(stderr, "pullgate: %s\n", clean);
	return err_kind_of(e.code) == ERR_BROKEN ? EXIT_USAGE : EXIT_REFUSED;
}

static int
check(const struct bundle_question *q)
{
	bool keyless = q->identity != NULL || q->issuer != NULL;

	if (q->bundle == NULL)
		return usage_error(&command_verify_bundle, "name a --bundle");
	if ((q->key != NULL) == keyless)
		return usage_error(&command_verify_bundle,
		    "name a --key, or --certificate-identity and "
		    "--certificate-oidc-issuer");
	if (keyless && (q->identity == NULL || q->issuer == NULL))
		return usage_error(&command_verify_bundle,
		    "--certificate-identity and --certificate-oidc-issuer "
		    "belong together");
	return EXIT_OK;
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "bundle", required_argument, NULL, 'b' },
		{ "certificate-identity", required_argument, NULL, 'i' },
		{ "certificate-oidc-issuer", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' },
		{ "trusted-root", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct bundle_question q = { 0 };
	const char *output = "text";
	int opt;

	while ((opt = getopt_long(argc, argv, "o:h", longs, NULL)) >= 0) {
		switch (opt) {
		case 'b':
			q.bundle = optarg;
			break;
		case 'i':
			q.identity = optarg;
			break;
		case 's':
			q.issuer = optarg;
			break;
		case 'k':
			q.key = optarg;
			break;
		case 't':
			q.trusted_root = optarg;
			break;
		case 'o':
			output = optarg;
			break;
		case 'h':
			return usage_help(&command_verify_bundle);
		default:
			return EXIT_USAGE;
		}
	}
	if (strcmp(output, "text") != 0 && strcmp(output, "json") != 0)
		return usage_error(&command_verify_bundle,
		    "output must be text or json");
	if (optind + 1 != argc)
		return usage_error(&command_verify_bundle,
		    "name one file or digest");
	q.artifact = argv[optind];
	if (check(&q) != EXIT_OK)
		return EXIT_USAGE;
	return ask(&q, strcmp(output, "json") == 0);
}

const struct command command_verify_bundle = {
	.name = "verify-bundle",
	.run = run,
	.usage =
	    "--bundle FILE (--certificate-identity ID --certificate-oidc-issuer URL | --key PEM)\n"
	    "               [--trusted-root FILE] [-o text|json] FILE_OR_DIGEST\n\n"
	    "Says whether a sigstore bundle is a signature of the file, or of what has the\n"
	    "digest \"sha256:…\", by that identity or key.  Nothing is fetched.  Exits with 0 if\n"
	    "so, 1 if not, 2 for a mistake in usage.\n\n"
	    "  --bundle FILE                    the bundle, JSON of version 0.1 to 0.3\n"
	    "  --certificate-identity ID        whom the certificate must name, exactly\n"
	    "  --certificate-oidc-issuer URL    who must vouch for that\n"
	    "  --key PEM                        a file with the public key\n"
	    "  --trusted-root FILE              a trusted_root.json instead of the built-in one\n"
	    "  -o, --output text|json           json tells who signed what, and when\n",
	.help = "say whether a sigstore bundle is a signature of a file",
};

/* pullgate image-verifier: containerd's verifier plugin, one image a run. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "daemon/control.h"
#include "gate/gate.h"
#include "image/digest.h"

/* containerd ends a verifier after ten seconds, if it is not told otherwise
 * (per_verifier_timeout); then nobody hears why. */
#define DECIDE_MS 8000
#define DAEMON_MS 9000

#define DESCRIPTOR_MAX (1u << 20)

struct options {
	const char *config, *name, *digest, *type;
};

/* The reason on standard output, as containerd wants it, which makes an error of
 * it. */
static int
refuse(const char *reason)
{
	(void)printf("%s\n", reason);
	return EXIT_REFUSED;
}

static int
conclude(const char *verdict, const char *message)
{
	if (verdict != NULL && strcmp(verdict, "allowed") == 0) {
		(void)printf("%s\n",
		    message == NULL ? "admitted by pullgate" : message);
		return EXIT_OK;
	}
	return refuse(
	    message == NULL ? "pullgate: there is no verdict" : message);
}

/* All of standard input; -1 if that is more than anybody sends. */
static int
read_input(struct buf *ret)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0 ||
	       (n < 0 && errno == EINTR))
		if (n > 0 && buf_append(ret, chunk, (size_t)n) < 0)
			return -1;
	return n == 0 ? 0 : -1;
}

/* The descriptor must be of the digest that is asked about. */
static const char *
check_input(const struct options *o)
{
	AUTO(buf) struct buf text = buf_with_max(DESCRIPTOR_MAX);
	AUTO(json) struct json *j = NULL;
	const char *digest;
	struct err ignored;

	if (strcmp(o->type, "application/vnd.oci.descriptor.v1+json") != 0)
		return NULL;
	if (read_input(&text) < 0 ||
	    json_parse(buf_slice(&text), &j, &ignored) < 0)
		return "pullgate: no descriptor on standard input";
	digest = json_get_text(j, "digest");
	if (digest == NULL || strcmp(digest, o->digest) != 0)
		return "pullgate: the descriptor is of another digest";
	return NULL;
}

/* A daemon that runs has the evidence and the record.  -1 if there is none. */
static int
ask_daemon(const struct options *o, const char *address)
{
	AUTO(json) struct json *question = json_new_object();
	AUTO(json) struct json *answer = NULL;
	struct err e = { 0 };

	json_set_text(question, "op", "verify");
	json_set_text(question, "image", o->name);
	json_set_text(question, "digest", o->digest);
	if (control_ask(address, question, DAEMON_MS, &answer, &e) < 0)
		return e.code == ERR_NOT_FOUND ? -1 : refuse(e.msg);
	if (json_get_text(answer, "error") != NULL)
		return refuse(json_get_text(answer, "error"));
	return conclude(json_get_text(answer, "verdict"),
	    json_get_text(answer, "message"));
}

static int
decide_alone(const struct options *o, const struct config *config)
{
	AUTO(ring) struct ring *ring = NULL;
	AUTO(registry) struct registry *registry = NULL;
	AUTO(gate) struct gate *gate = NULL;
	AUTO(gate_answer) struct gate_answer answer = { 0 };
	struct gate_present present = { .digest = o->digest };

	if (load_ring(config, &ring) != EXIT_OK)
		return refuse("pullgate: the policies cannot be loaded");
	registry = registry_new(config->registries, config->nregistries);
	gate = gate_new(&config->gate, registry, ring);
	gate_check(gate,
	    &(struct gate_request){ .door = GATE_VERIFIER,
		.image = slice_str(o->name),
		.present = &present,
		.most_ms = DECIDE_MS },
	    &answer);
	return conclude(answer.verdict == VERDICT_ALLOW ? "allowed" : "refused",
	    answer.message);
}

static int
verify(const struct options *o)
{
	AUTO(config) struct config config = { 0 };
	AUTO(str) char *control = NULL;
	struct str_list none = { 0 };
	const char *wrong;
	int r;

	if (!digest_is_valid(o->digest))
		return refuse("pullgate: -digest is no digest");
	wrong = check_input(o);
	if (wrong != NULL)
		return refuse(wrong);
	if (load_config(o->config, &none, &config) != EXIT_OK)
		return refuse("pullgate: the configuration cannot be read");
	control = config_control(&config);
	r = control == NULL ? -1 : ask_daemon(o, control);
	return r >= 0 ? r : decide_alone(o, &config);
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "digest", required_argument, NULL, 'd' },
		{ "stdin-media-type", required_argument, NULL, 't' },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options o = { .type = "" };
	int opt;

	/* containerd writes its options as Go does, with one hyphen. */
	while ((opt = getopt_long_only(argc, argv, "", longs, NULL)) >= 0) {
		if (opt == 'n')
			o.name = optarg;
		else if (opt == 'd')
			o.digest = optarg;
		else if (opt == 't')
			o.type = optarg;
		else if (opt == 'c')
			o.config = optarg;
		else
			return opt == 'h' ? usage_help(&command_image_verifier)
					  : EXIT_USAGE;
	}
	if (o.name == NULL || o.digest == NULL || optind < argc)
		return usage_error(&command_image_verifier,
		    "-name and -digest are needed");
	return verify(&o);
}

const struct command command_image_verifier = {
	.name = "image-verifier",
	.run = run,
	.usage =
	    "-name REF -digest DIGEST [-stdin-media-type TYPE] [-config FILE]\n\n"
	    "containerd's image verifier: says whether the image that REF was "
	    "resolved to may be\npulled.  A descriptor may come on standard "
	    "input; the reason goes to standard output.\nExits with 0 if it "
	    "may, 1 if not.  A daemon that runs is asked; without one the\n"
	    "policies of the configuration decide.  A link to pullgate whose name "
	    "ends in\n\"image-verifier\" runs this command, for containerd's "
	    "bin_dir.\n\n"
	    "  -name REF               the image as it was asked for\n"
	    "  -digest DIGEST          what that was resolved to\n"
	    "  -stdin-media-type TYPE  of what comes on standard input\n"
	    "  -config FILE            configuration (" CONFIG_PATH ")\n",
	.help = "decide for containerd's image verifier plugin",
};

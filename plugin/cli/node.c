/* pullgate node: puts pullgate in the kubelet's way, and says whether it is. */
#include "cli/node.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "daemon/control.h"
#include "node/address.h"
#include "node/root.h"

/* Of a line; more is cut. */
#define TEXT_MAX 2048

/* For the daemon to answer: it may have to ask a registry. */
#define ASK_MS 15000

static const struct verb {
	const char *name;
	int (*run)(const struct node_options *o);
	const char *options; /* that it takes, by their letters */
} verbs[] = {
	{ "enable", node_enable, "RcCdrO" },
	{ "disable", node_disable, "Rdr" },
	{ "status", node_status, "Rco" },
	{ "doctor", node_doctor, "Rco" },
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Strangers' words may stand in it: fit for a line. */
static char *
printable(const char *fmt, va_list ap)
{
	char chunk[TEXT_MAX];
	int n = vsnprintf(chunk, sizeof(chunk), fmt, ap);

	if (n < 0)
		abort(); /* the formats are our own */
	return str_printable(slice_str(chunk));
}

void
node_complain(const char *verb, const char *fmt, ...)
{
	AUTO(str) char *plain = NULL;
	va_list ap;

	va_start(ap, fmt);
	plain = printable(fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "pullgate node %s: %s\n", verb, plain);
}

void
node_say(const char *label, const char *fmt, ...)
{
	AUTO(str) char *plain = NULL;
	va_list ap;

	va_start(ap, fmt);
	plain = printable(fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "%-12s %s\n", label, plain);
}

struct json *
node_ask(const struct node_options *o, const struct config *config,
    const char *op, struct err *e)
{
	AUTO(str) char *control = config_control(config);
	AUTO(str) char *address = NULL;
	AUTO(json) struct json *question = json_new_object();
	struct json *answer = NULL;

	if (control == NULL) {
		(void)err_set(e, ERR_NOT_FOUND, "`control` is none");
		return NULL;
	}
	address = node_address(o, control);
	json_set_text(question, "op", op);
	if (control_ask(address, question, ASK_MS, &answer, e) < 0)
		return NULL;
	return answer;
}

int
node_config(const struct node_options *o, struct config *ret)
{
	AUTO(str) char *usual = root_path(o->root, CONFIG_PATH);
	const char *path = o->config;
	struct str_list none = { 0 };

	/* Another root's configuration is not this machine's. */
	if (path == NULL && !root_is_own(o->root)) {
		if (!root_has(o->root, CONFIG_PATH)) {
			config_defaults(ret);
			return EXIT_OK;
		}
		path = usual;
	}
	return load_config(path, &none, ret);
}

char *
node_address(const struct node_options *o, const char *address)
{
	char *path = address_path(o->root, address);

	return path == NULL ? mem_strdup(address) : path;
}

static int
set_output(struct node_options *o, const char *text)
{
	o->json = strcmp(text, "json") == 0;
	if (!o->json && strcmp(text, "text") != 0)
		return usage_error(&command_node, "-o wants text or json");
	return -1;
}

/* An option's meaning; -1 to go on, else the exit code. */
static int
take(struct node_options *o, int opt)
{
	switch (opt) {
	case 'R':
		o->root = optarg;
		return -1;
	case 'c':
		o->config = optarg;
		return -1;
	case 'C':
		o->create_gate = true;
		return -1;
	case 'd':
		o->dry_run = true;
		return -1;
	case 'r':
		o->restart = true;
		return -1;
	case 'O':
		o->offline = true;
		return -1;
	case 'o':
		return set_output(o, optarg);
	default:
		return opt == 'h' ? usage_help(&command_node) : EXIT_USAGE;
	}
}

/* "/x/" is "/x"; what is no directory is a mistake. */
static int
check_root(struct node_options *o, char **ret)
{
	size_t len = strlen(o->root);

	while (len > 1 && o->root[len - 1] == '/')
		len--;
	*ret = mem_strndup(o->root, len);
	o->root = *ret;
	if (!root_is_dir("/", o->root))
		return usage_error(&command_node, "--root %s is no directory",
		    o->root);
	if (o->restart && !root_is_own(o->root))
		return usage_error(&command_node,
		    "--restart is for this machine, and not for a --root");
	return EXIT_OK;
}

static int
run_verb(const struct verb *verb, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "root", required_argument, NULL, 'R' },
		{ "config", required_argument, NULL, 'c' },
		{ "create-gate", no_argument, NULL, 'C' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "restart", no_argument, NULL, 'r' },
		{ "offline", no_argument, NULL, 'O' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct node_options o = { .root = "/" };
	AUTO(str) char *root = NULL;
	int opt, r = -1;

	while (
	    r < 0 && (opt = getopt_long(argc, argv, "o:h", longs, NULL)) >= 0) {
		r = take(&o, opt);
		if (r < 0 && strchr(verb->options, opt) == NULL)
			return usage_error(&command_node,
			    "%s does not take \"%s\"", verb->name,
			    argv[optind - 1]);
	}
	if (r >= 0)
		return r;
	if (optind < argc)
		return usage_error(&command_node, "unexpected argument \"%s\"",
		    argv[optind]);
	if (check_root(&o, &root) != EXIT_OK)
		return EXIT_USAGE;
	return verb->run(&o);
}

static int
run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2)
		return usage_error(&command_node,
		    "enable, disable, status or doctor is wanted");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage_help(&command_node);
	verb = find_verb(argv[1]);
	if (verb == NULL)
		return usage_error(&command_node, "unknown verb \"%s\"",
		    argv[1]);
	return run_verb(verb, argc - 1, argv + 1);
}

const struct command command_node = {
	.name = "node",
	.run = run,
	.usage =
	    "enable  [--create-gate] [--dry-run] [--restart] [--offline]\n"
	    "                             [--root DIR] [--config FILE]\n"
	    "       pullgate node disable [--dry-run] [--restart] [--root DIR]\n"
	    "       pullgate node status  [-o text|json] [--root DIR] [--config "
	    "FILE]\n"
	    "       pullgate node doctor  [-o text|json] [--root DIR] [--config "
	    "FILE]\n\n"
	    "enable makes the kubelet send its image calls to pullgate, by a file "
	    "beside its\nconfiguration (a fragment of its --config-dir, a drop-in "
	    "of its unit, or a fragment\nof the configuration of k3s or RKE2); "
	    "what it is not sure of it refuses with the\nreason.  disable takes "
	    "away what enable wrote.  Both show each change first, and\nrestart "
	    "nothing unless they are asked to.  status shows in one screen how "
	    "things\nare.  doctor asks for an image that must be refused, through "
	    "the socket that the\nkubelet uses, and looks for ways past the gates: "
	    "a line each, with the remedy.\n\n"
	    "Exits with 0 if all is done or well; 1 if enable or disable refuses, "
	    "status finds\nthe kubelet not wired or doctor a door open or not to "
	    "be looked at; 2 for a "
	    "mistake in\nusage or configuration.\n\n"
	    "  --create-gate      the runtime's calls as well, for the create "
	    "gate\n"
	    "  --dry-run          show what would be changed, and change "
	    "nothing\n"
	    "  --restart          restart the kubelet's unit after the change\n"
	    "  --offline          enable although pullgate does not answer yet, "
	    "as in the image\n"
	    "                     of a node\n"
	    "  --root DIR         the node's files are below this directory\n"
	    "  --config FILE      configuration of pullgate (" CONFIG_PATH ")\n"
	    "  -o, --output FORM  text or json\n",
	.help = "put pullgate in the kubelet's way; see whether it guards",
};

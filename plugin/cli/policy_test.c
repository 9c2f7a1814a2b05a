/* pullgate policy test: what people expect of their policies, tried. */
#include "policy/policy_test.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "gate/gate.h"
#include "gate/recording.h"
#include "policy/load.h"

/* One run over all documents. */
struct session {
	const struct config *config;
	struct registry *registry;
	size_t tests, failed, documents;
};

/* A document's policies in force. */
struct bench {
	const struct policy_tests *tests;
	struct gate *gate;
};

/* A relative path starts from the directory of the file that names it. */
static char *
beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || slash == NULL)
		return mem_strdup(path);
	return str_printf("%.*s/%s", (int)(slash - file), file, path);
}

static char *
directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash == NULL ? mem_strdup(".")
			     : mem_strndup(file, (size_t)(slash - file + 1));
}

static int
read_recording(const struct policy_test *t, struct json **ret, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(RECORDING_SIZE_MAX);
	AUTO(str) char *path = beside(t->pos.file, t->evidence);

	if (file_read(path, RECORDING_SIZE_MAX, &text, e) < 0)
		return -1;
	if (json_parse(buf_slice(&text), ret, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

/* Ask what the test asks: of a recording, or of the registry. */
static int
ask(const struct bench *b, const struct policy_test *t,
    struct gate_answer *answer, struct err *e)
{
	AUTO(json) struct json *recording = NULL;
	struct gate_request request = {
		.image = slice_str(t->image),
		.namespace_ = t->namespace_,
		.pod = t->pod,
		.labels = &t->labels,
	};

	if (t->evidence == NULL) {
		gate_check(b->gate, &request, answer);
		return 0;
	}
	if (read_recording(t, &recording, e) < 0)
		return -1;
	return gate_replay(b->gate, &request, recording, answer, e);
}

static bool
is_as_expected(const struct policy_test *t, const struct gate_answer *a)
{
	if (strcmp(gate_verdict_word(a), t->verdict) != 0)
		return false;
	if (t->cause != NULL && strcmp(err_name(a->code), t->cause) != 0)
		return false;
	return t->message == NULL ||
	       (a->message != NULL && strstr(a->message, t->message) != NULL);
}

/* TAP: a line of YAML behind a test that failed.  JSON's strings are YAML's. */
static void
print_field(const char *name, const char *text)
{
	AUTO(json) struct json *j = json_new_object();
	AUTO(str) char *line = NULL;

	json_set_text(j, "", text);
	line = json_print(j, false);
	/* {"":"text"} without what stands around the text. */
	(void)printf("  %s: %.*s\n", name, (int)strlen(line) - 5, line + 4);
}

static void
print_failure(const struct policy_test *t, const struct gate_answer *a,
    const struct err *e)
{
	AUTO(str)
	char *at =
	    str_printf("%s:%u:%u", t->pos.file, t->pos.line, t->pos.column);
	AUTO(str)
	char *want = str_printf("%s%s%s%s%s", t->verdict,
	    t->cause == NULL ? "" : ", ", t->cause == NULL ? "" : t->cause,
	    t->message == NULL ? "" : ", ",
	    t->message == NULL ? "" : t->message);
	AUTO(str) char *got = NULL;

	if (e->code != ERR_NONE)
		got = mem_strdup("the evidence cannot be read");
	else
		got = str_printf("%s%s%s", gate_verdict_word(a),
		    a->code == ERR_NONE ? "" : ", ",
		    a->code == ERR_NONE ? "" : err_name(a->code));
	(void)printf("  ---\n");
	print_field("at", at);
	print_field("expected", want);
	print_field("got", got);
	if (e->code != ERR_NONE || a->message != NULL)
		print_field("message",
		    e->code != ERR_NONE ? e->msg : a->message);
	(void)printf("  ...\n");
}

/* '#' would begin a directive. */
static char *
tap_name(const struct policy_tests *tests, const struct policy_test *t)
{
	AUTO(str) char *text = str_printf("%s: %s", tests->name, t->name);
	char *clean = str_printable(slice_str(text));

	for (char *c = clean; *c != '\0'; c++)
		if (*c == '#')
			*c = '_';
	return clean;
}

static void
run_one(struct session *s, const struct bench *b, const struct policy_test *t)
{
	AUTO(gate_answer) struct gate_answer answer = { 0 };
	AUTO(str) char *name = tap_name(b->tests, t);
	struct err e = { 0 };
	bool good = ask(b, t, &answer, &e) == 0 && is_as_expected(t, &answer);

	s->tests++;
	s->failed += !good;
	(void)printf("%sok %zu - %s\n", good ? "" : "not ", s->tests, name);
	if (!good)
		print_failure(t, &answer, &e);
}

static int
load_policies(const struct policy_tests *tests, const char *trusted_root,
    struct ring **ret, struct diag *d)
{
	AUTO(str_list) struct str_list paths = { 0 };
	const char *file = tests->pos.file;

	for (size_t i = 0; i < tests->policies.n; i++)
		str_list_own(&paths, beside(file, tests->policies.items[i]));
	if (paths.n == 0)
		str_list_own(&paths, directory_of(file));
	return ring_load(&(struct ring_sources){ (const char *const *)
						     paths.items,
			     paths.n, trusted_root },
	    ret, d);
}

static int
run_document(struct session *s, const struct yaml_node *root, struct diag *d)
{
	AUTO(policy_tests) struct policy_tests tests = { 0 };
	AUTO(ring) struct ring *ring = NULL;
	AUTO(gate) struct gate *gate = NULL;
	struct gate_settings settings = s->config->gate;

	if (policy_tests_read(root, &tests, d) < 0 ||
	    load_policies(&tests, s->config->trusted_root, &ring, d) < 0)
		return -1;
	s->documents++;
	settings.unmatched =
	    tests.admits_unmatched ? GATE_UNMATCHED_ALLOW : GATE_UNMATCHED_DENY;
	settings.negative_ttl_ms = 0;
	gate = gate_new(&settings, s->registry, ring);
	for (size_t i = 0; i < tests.n; i++)
		run_one(s, &(struct bench){ &tests, gate }, &tests.items[i]);
	return 0;
}

static int
run_file(struct session *s, const char *path, struct diag *d)
{
	AUTO(buf) struct buf text = buf_with_max(YAML_SIZE_MAX);
	AUTO(yaml) struct yaml_file *file = NULL;
	struct diag_pos whole = { .file = path };
	struct err e = { 0 };
	int bad = 0;

	if (file_read(path, YAML_SIZE_MAX, &text, &e) < 0)
		return diag_add(d, whole, "%s", e.msg);
	if (yaml_parse(buf_slice(&text), path, &file, d) < 0)
		return -1;
	for (size_t i = 0; i < yaml_doc_count(file); i++)
		if (policy_test_is(yaml_doc_root(file, i)))
			bad |= run_document(s, yaml_doc_root(file, i), d);
	return bad;
}

static int
run_all(struct session *s, char **paths, size_t n)
{
	AUTO(str_list) struct str_list files = { 0 };
	AUTO(diag) struct diag d = { 0 };
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= policy_files(paths[i], &files, &d);
	for (size_t i = 0; i < files.n; i++)
		bad |= run_file(s, files.items[i], &d);
	(void)printf("1..%zu\n", s->tests);
	print_diag(&d);
	if (bad < 0)
		return EXIT_USAGE;
	if (s->documents == 0)
		return usage_error(&command_policy_test,
		    "there is no document of kind PolicyTest");
	return s->failed == 0 ? EXIT_OK : EXIT_REFUSED;
}

static int
run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	AUTO(config) struct config config = { 0 };
	AUTO(registry) struct registry *registry = NULL;
	struct str_list none = { 0 };
	struct session s = { .config = &config };
	const char *path = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) >= 0) {
		if (opt != 'c')
			return opt == 'h' ? usage_help(&command_policy_test)
					  : EXIT_USAGE;
		path = optarg;
	}
	if (optind == argc)
		return usage_error(&command_policy_test,
		    "name a file or directory of tests");
	if (load_config(path, &none, &config) != EXIT_OK)
		return EXIT_USAGE;
	registry = registry_new(config.registries, config.nregistries);
	s.registry = registry;
	return run_all(&s, argv + optind, (size_t)(argc - optind));
}

const struct command command_policy_test = {
	.name = "policy test",
	.run = run,
	.usage =
	    "[--config FILE] DIR|FILE...\n\n"
	    "Tries what documents of kind PolicyTest expect of the policies "
	    "beside them, and\nprints TAP.  Exits with 0 if all is as "
	    "expected, 1 if not, 2 if something does not\nload.\n\n"
	    "  --config FILE      configuration (" CONFIG_PATH
	    "), for its registries\n",
	.help = "try what people expect of their policies",
};

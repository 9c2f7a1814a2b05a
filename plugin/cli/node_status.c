/* pullgate node status: how things are, in one screen. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/rfc3339.h"
#include "cli/node.h"
#include "cli/report.h"
#include "node/change.h"
#include "node/kubelet.h"
#include "node/probe.h"

/* So that it stays one screen. */
#define DECISIONS_SHOWN 5

static struct json *
endpoint_json(const struct kubelet_endpoint *at)
{
	struct json *j = json_new_object();

	json_set_text(j, "address", at->address);
	json_set_text(j, "from", at->from);
	return j;
}

static struct json *
kubelet_json(const char *root, const struct kubelet *k, const char *listen)
{
	const struct kubelet_endpoint *image = kubelet_image_calls(k);
	AUTO(str) char *who = kubelet_describe(k);
	struct json *j = json_new_object();

	json_set_text(j, "description", who);
	json_set_text(j, "kind", kubelet_kind_name(k->kind));
	json_set_integer(j, "pid", k->pid);
	json_set_text(j, "unit", k->unit);
	json_set(j, "imageCalls", endpoint_json(image));
	json_set(j, "runtimeCalls", endpoint_json(&k->runtime));
	json_set(j, "imageWired",
	    json_new_bool(kubelet_sends(root, k, image, listen)));
	json_set(j, "runtimeWired",
	    json_new_bool(kubelet_sends(root, k, &k->runtime, listen)));
	json_set_text(j, "notReadYet",
	    kubelet_is_stale(k, image) ? k->stale : NULL);
	return j;
}

static void
set_kubelet(struct json *j, const struct node_options *o,
    const struct config *config)
{
	AUTO(kubelet) struct kubelet k = { 0 };
	struct json *problem;
	struct err e;

	if (kubelet_find(o->root, &k, &e) == 0) {
		json_set(j, "kubelet",
		    kubelet_json(o->root, &k, config->listen));
		return;
	}
	problem = json_new_object();
	json_set_text(problem, "problem", e.msg);
	json_set(j, "kubelet", problem);
}

/* Why `node enable` would now write something else; NULL: it would not.  A new
 * string. */
static char *
outdated(const struct node_options *o, const struct config *config,
    struct ledger *ledger)
{
	AUTO(kubelet) struct kubelet k = { 0 };
	AUTO(plan) struct plan plan = { 0 };
	struct plan_wish wish = { o->root, config->listen, config->runtime,
		ledger->create_gate };
	struct change change = { o->root, &plan, ledger };
	bool done = false;
	struct err e;

	if (!ledger->exists)
		return NULL;
	if (kubelet_find(o->root, &k, &e) < 0 ||
	    plan_make(&wish, &k, &plan, &e) < 0 ||
	    change_check(&change, &done, &e) < 0)
		return mem_strdup(e.msg);
	return done ? NULL
		    : mem_strdup("what it was made of has changed since: run "
				 "`pullgate node enable` again");
}

/* The files that `node enable` wrote. */
static void
set_enabled(struct json *j, const struct node_options *o,
    const struct config *config)
{
	AUTO(ledger) struct ledger ledger = { 0 };
	AUTO(str) char *problem = NULL;
	struct json *files = json_new_array();
	struct err e;

	if (ledger_read(o->root, &ledger, &e) < 0)
		problem = mem_strdup(e.msg);
	else
		problem = outdated(o, config, &ledger);
	for (size_t i = 0; i < ledger.n; i++)
		json_add(files, json_new_text(ledger.files[i].path));
	json_set(j, "enabledBy", files);
	json_set_text(j, "enabledProblem", problem);
}

/* What the daemon would say of it, if one ran. */
static struct json *
runtime_json(const struct node_options *o, const struct config *config)
{
	AUTO(str) char *address = node_address(o, config->runtime);
	AUTO(str) char *name = NULL, *version = NULL;
	struct json *j = json_new_object();
	struct err e;
	int r = probe_runtime(address, &name, &version, &e);

	json_set_text(j, "socket", config->runtime);
	json_set_text(j, "problem", r < 0 ? e.msg : NULL);
	json_set_text(j, "name", name);
	json_set_text(j, "version", version);
	return j;
}

static void
set_daemon(struct json *j, const struct node_options *o,
    const struct config *config)
{
	struct err e = { 0 };
	struct json *daemon = node_ask(o, config, "status", &e);

	if (daemon == NULL) {
		daemon = json_new_object();
		json_set_text(daemon, "problem", e.msg);
		json_set(daemon, "runtime", runtime_json(o, config));
	}
	json_set(j, "daemon", daemon);
}

/* "a, b" of a list of texts; "none" if it is empty.  A new string. */
static char *
joined(const struct json *list)
{
	AUTO(str_list) struct str_list all = { 0 };

	for (size_t i = 0; i < json_count(list); i++)
		if (json_text(json_at(list, i)) != NULL)
			str_list_add(&all, json_text(json_at(list, i)));
	return all.n == 0 ? mem_strdup("none") : str_list_join(&all, ", ");
}

static const char *
text_or(const struct json *j, const char *key, const char *other)
{
	const char *text = json_get_text(j, key);

	return text == NULL ? other : text;
}

static int64_t
number(const struct json *j, const char *key)
{
	int64_t n = 0;

	return json_int(json_get(j, key), &n) ? n : 0;
}

static void
say_calls(const char *label, const struct json *kubelet, const char *calls,
    const char *wired)
{
	const struct json *at = json_get(kubelet, calls);

	node_say(label, "%s, by %s: %s", text_or(at, "address", "?"),
	    text_or(at, "from", "?"),
	    json_is_yes(json_get(kubelet, wired)) ? "through pullgate"
						  : "NOT through pullgate");
}

static void
say_kubelet(const struct json *j)
{
	const struct json *kubelet = json_get(j, "kubelet");
	const char *late = json_get_text(kubelet, "notReadYet");
	AUTO(str) char *files = joined(json_get(j, "enabledBy"));

	if (json_get_text(kubelet, "problem") != NULL) {
		node_say("Kubelet", "%s", json_get_text(kubelet, "problem"));
	} else {
		node_say("Kubelet", "%s", text_or(kubelet, "description", "?"));
		say_calls("  images", kubelet, "imageCalls", "imageWired");
		say_calls("  runtime", kubelet, "runtimeCalls", "runtimeWired");
	}
	if (late != NULL)
		node_say("  restart", "it runs since before %s was changed",
		    late);
	node_say("Enabled by", "%s", files);
	if (json_get_text(j, "enabledProblem") != NULL)
		node_say("Warning", "%s", json_get_text(j, "enabledProblem"));
}

static void
say_runtime(const struct json *daemon)
{
	const struct json *runtime = json_get(daemon, "runtime");
	const char *problem = json_get_text(runtime, "problem");

	node_say("Runtime", "%s %s at %s: %s", text_or(runtime, "name", "?"),
	    text_or(runtime, "version", "?"), text_or(runtime, "socket", "?"),
	    problem == NULL ? "it answers" : problem);
}

static void
say_policies(const struct json *daemon)
{
	const struct json *policies = json_get(daemon, "policies");
	AUTO(str) char *gates = joined(json_get(daemon, "gates"));
	AUTO(str) char *paths = joined(json_get(policies, "paths"));

	node_say("Gates", "%s; unmatched: %s, checkpoints: %s, presence: %s",
	    gates, text_or(daemon, "unmatched", "?"),
	    text_or(daemon, "checkpoints", "?"),
	    text_or(daemon, "presence", "?"));
	node_say("Policies", "%" PRId64 ", %" PRId64 " of them enforced, of %s",
	    number(policies, "count"), number(policies, "enforced"), paths);
}

static void
say_cache(const struct json *daemon)
{
	const struct json *cache = json_get(daemon, "cache");

	node_say("Cache",
	    "%s, %" PRId64 " MiB at most, kept for %" PRId64
	    " s, offline for %" PRId64 " s",
	    text_or(cache, "dir", "in memory"), number(cache, "size") >> 20,
	    number(cache, "ttl"), number(cache, "offline"));
}

static void
say_decisions(const struct json *list)
{
	size_t n = json_count(list);

	if (n == 0)
		node_say("Decisions", "none yet");
	for (size_t i = 0; i < n && i < DECISIONS_SHOWN; i++) {
		const struct json *d = json_at(list, i);
		const char *cause = json_get_text(d, "cause");

		node_say(i == 0 ? "Decisions" : "", "%s %s %s %s%s%s",
		    text_or(d, "time", "?"), text_or(d, "gate", "?"),
		    text_or(d, "verdict", "?"), text_or(d, "image", "?"),
		    cause == NULL ? "" : ": ", cause == NULL ? "" : cause);
	}
}

static void
say_daemon(const struct json *daemon)
{
	const struct json *warnings = json_get(daemon, "warnings");
	char started[RFC3339_TEXT_MAX];

	if (json_get_text(daemon, "problem") != NULL) {
		node_say("Pullgate", "does not run: %s",
		    json_get_text(daemon, "problem"));
		say_runtime(daemon);
		return;
	}
	rfc3339_text(number(daemon, "started"), started);
	node_say("Pullgate", "%s, since %s, at %s",
	    text_or(daemon, "version", "?"), started,
	    text_or(daemon, "listen", "?"));
	say_runtime(daemon);
	say_policies(daemon);
	say_cache(daemon);
	say_decisions(json_get(daemon, "decisions"));
	for (size_t i = 0; i < json_count(warnings); i++) {
		const char *text = json_text(json_at(warnings, i));

		node_say("Warning", "%s", text == NULL ? "?" : text);
	}
}

/* The kubelet goes through a daemon that runs and has its runtime. */
static bool
is_well(const struct json *j)
{
	const struct json *daemon = json_get(j, "daemon");
	const struct json *runtime = json_get(daemon, "runtime");

	return json_is_yes(json_get(json_get(j, "kubelet"), "imageWired")) &&
	       runtime != NULL && json_get_text(daemon, "problem") == NULL &&
	       json_get_text(runtime, "problem") == NULL;
}

int
node_status(const struct node_options *o)
{
	AUTO(config) struct config config = { 0 };
	AUTO(json) struct json *j = json_new_object();

	if (node_config(o, &config) != EXIT_OK)
		return EXIT_USAGE;
	set_kubelet(j, o, &config);
	set_enabled(j, o, &config);
	set_daemon(j, o, &config);
	json_set(j, "wired", json_new_bool(is_well(j)));
	if (o->json) {
		report_json(j);
	} else {
		say_kubelet(j);
		say_daemon(json_get(j, "daemon"));
	}
	return is_well(j) ? EXIT_OK : EXIT_REFUSED;
}

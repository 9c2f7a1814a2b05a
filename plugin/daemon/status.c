/* How things are. */
#include "daemon/status.h"

#include "base/mem.h"
#include "policy/describe.h"

static struct json *
gates_json(const struct config *c)
{
	struct json *j = json_new_array();

	if (c->gate_pull)
		json_add(j, json_new_text("pull"));
	if (c->gate_create)
		json_add(j, json_new_text("create"));
	return j;
}

static const char *
unmatched_word(enum gate_unmatched unmatched)
{
	switch (unmatched) {
	case GATE_UNMATCHED_DENY:
		return "deny";
	case GATE_UNMATCHED_WARN:
		return "warn";
	case GATE_UNMATCHED_ALLOW:
		return "allow";
	}
	abort();
}

static struct json *
cache_json(const struct config *c)
{
	struct json *j = json_new_object();

	json_set_text(j, "dir", c->cache_dir);
	json_set_integer(j, "ttl", c->store.ttl_s);
	json_set_integer(j, "offline", c->store.offline_s);
	json_set_integer(j, "size", (int64_t)c->store.size);
	return j;
}

static struct json *
policies_json(const struct status_of *s)
{
	struct json *j = json_new_object();

	json_set(j, "paths", describe_texts(&s->config->policies));
	json_set_integer(j, "count", (int64_t)s->policies);
	json_set_integer(j, "enforced", (int64_t)s->enforced);
	json_set(j, "reloadFailed", json_new_bool(s->reload_failed));
	return j;
}

/* The warnings stand by themselves: they are not all the runtime's. */
static void
set_runtime(struct json *j, const struct status_of *s)
{
	AUTO(json) struct json *facts = cri_server_facts(s->server);
	const struct json *told = json_get(facts, "warnings");
	struct json *runtime = json_new_object();
	struct json *warnings = json_new_array();

	json_set_text(runtime, "socket", s->config->runtime);
	json_set_text(runtime, "problem",
	    cri_server_runtime_problem(s->server));
	json_set_text(runtime, "name", json_get_text(facts, "name"));
	json_set_text(runtime, "version", json_get_text(facts, "version"));
	for (size_t i = 0; i < json_count(told); i++)
		json_add(warnings, json_new_text(json_text(json_at(told, i))));
	if (s->reload_failed)
		json_add(warnings,
		    json_new_text("the last reload of policies failed: the "
				  "ones before stay in force"));
	json_set(j, "runtime", runtime);
	json_set(j, "warnings", warnings);
}

struct json *
status_json(const struct status_of *s)
{
	const struct config *c = s->config;
	struct json *j = json_new_object();

	json_set_text(j, "version", PULLGATE_VERSION);
	json_set_integer(j, "started", s->started);
	json_set_text(j, "listen", c->listen);
	json_set(j, "gates", gates_json(c));
	json_set_text(j, "unmatched", unmatched_word(c->gate.unmatched));
	json_set_text(j, "presence", c->hide_unverified ? "verified" : "any");
	json_set_text(j, "checkpoints", c->gate.checkpoints ? "allow" : "deny");
	json_set(j, "policies", policies_json(s));
	json_set(j, "cache", cache_json(c));
	json_set(j, "metrics", json_new_bool(c->has_metrics));
	json_set(j, "decisions", recent_json(s->recent));
	set_runtime(j, s);
	return j;
}

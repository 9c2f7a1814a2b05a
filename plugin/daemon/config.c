/* The configuration file: a table of keys. */
#include "daemon/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "daemon/owner.h"
#include "gate/workers.h"

/* A key of the contract that waits for what it configures: refused, so that
 * nobody relies on it. */
#define DEFINE_NOT_YET(reader, key)                                            \
	static int reader(const struct yaml_node *v, void *obj,                \
	    struct diag *d)                                                    \
	{                                                                      \
		(void)obj;                                                     \
		return diag_add(d, v->pos, key " is not supported yet");       \
	}                                                                      \
	struct reader##_needs_semicolon

DEFINE_NOT_YET(later_mirrors, "mirrors");

void
config_defaults(struct config *c)
{
	*c = (struct config){
		.listen = mem_strdup(CONFIG_LISTEN),
		.runtime = mem_strdup(CONFIG_RUNTIME),
		.gate = {
		    .unmatched = GATE_UNMATCHED_DENY,
		    .negative_ttl_ms = GATE_NEGATIVE_TTL_MAX_MS,
		    .workers = GATE_WORKERS_DEFAULT,
		},
		.store = {
		    .ttl_s = STORE_TTL_DEFAULT_S,
		    .offline_s = STORE_OFFLINE_DEFAULT_S,
		    .size = STORE_SIZE_DEFAULT,
		},
		.gate_pull = true,
		.gate_create = true,
		.log_level = LOG_INFO,
		.drain_ms = CONFIG_DRAIN_MS,
		.socket_uid = (uid_t)-1,
		.socket_gid = (gid_t)-1,
		.limits = {
		    .calls = CONFIG_CALLS,
		    .connections = CONFIG_CONNECTIONS,
		    .handshake_ms = CONFIG_HANDSHAKE_MS,
		},
	};
}

static int
read_string(const struct yaml_node *v, char **ret, struct diag *d)
{
	const char *text;

	if (yaml_read_text(v, &text, d) < 0)
		return -1;
	free(*ret);
	*ret = mem_strdup(text);
	return 0;
}

/* One of a few words; *ret becomes its place among them. */
static int
read_word(const struct yaml_node *v, const char *const *words, size_t n,
    unsigned *ret, struct diag *d)
{
	AUTO(str_list) struct str_list list = { 0 };
	AUTO(str) char *all = NULL;

	for (size_t i = 0; i < n; i++) {
		if (v->kind == YAML_SCALAR && strcmp(v->value, words[i]) == 0) {
			*ret = (unsigned)i;
			return 0;
		}
		str_list_add(&list, words[i]);
	}
	all = str_list_join(&list, ", ");
	return diag_add(d, v->pos, "one of these is expected: %s", all);
}

static int
read_listen(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_string(v, &((struct config *)obj)->listen, d);
}

static int
read_runtime(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_string(v, &((struct config *)obj)->runtime, d);
}

static int
read_control(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_string(v, &((struct config *)obj)->control, d);
}

static int
read_trusted_root(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_string(v, &((struct config *)obj)->trusted_root, d);
}

static int
read_audit(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_string(v, &((struct config *)obj)->audit, d);
}

static int
read_policies(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	const char *text;
	int r = 0;

	if (v->kind != YAML_SEQUENCE)
		return diag_add(d, v->pos,
		    "policies must be a list of files and directories");
	for (size_t i = 0; i < v->n; i++) {
		if (yaml_read_text(v->items[i], &text, d) < 0)
			r = -1;
		else
			str_list_add(&c->policies, text);
	}
	return r;
}

static int
read_unmatched(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const char *const words[] = { [GATE_UNMATCHED_DENY] = "deny",
		[GATE_UNMATCHED_WARN] = "warn",
		[GATE_UNMATCHED_ALLOW] = "allow" };
	struct config *c = obj;
	unsigned at;

	if (read_word(v, words, COUNT_OF(words), &at, d) < 0)
		return -1;
	c->gate.unmatched = (enum gate_unmatched)at;
	return 0;
}

/* A gate that is not named is open. */
static int
read_gates(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const char *const words[] = { "pull", "create" };
	struct config *c = obj;
	bool on[COUNT_OF(words)] = { false, false };
	unsigned at = 0;

	if (v->kind != YAML_SEQUENCE || v->n == 0)
		return diag_add(d, v->pos,
		    "gates must be a list of pull, create or both");
	for (size_t i = 0; i < v->n; i++) {
		if (read_word(v->items[i], words, COUNT_OF(words), &at, d) < 0)
			return -1;
		on[at] = true;
	}
	c->gate_pull = on[0];
	c->gate_create = on[1];
	return 0;
}

static int
read_presence(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const char *const words[] = { "any", "verified" };
	unsigned at = 0;

	if (read_word(v, words, COUNT_OF(words), &at, d) < 0)
		return -1;
	((struct config *)obj)->hide_unverified = at == 1;
	return 0;
}

static int
read_checkpoints(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const char *const words[] = { "deny", "allow" };
	unsigned at = 0;

	if (read_word(v, words, COUNT_OF(words), &at, d) < 0)
		return -1;
	((struct config *)obj)->gate.checkpoints = at == 1;
	return 0;
}

static int
read_unqualified(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const char *const words[] = { [UNQUALIFIED_AUTO] = "auto",
		[UNQUALIFIED_DOCKER] = "docker.io",
		[UNQUALIFIED_DENY] = "deny" };
	unsigned at = 0;

	if (read_word(v, words, COUNT_OF(words), &at, d) < 0)
		return -1;
	((struct config *)obj)->unqualified = (enum facts_unqualified)at;
	return 0;
}

static int
read_log_level(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const char *const words[] = { [LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARN] = "warn",
		[LOG_ERROR] = "error" };
	struct config *c = obj;
	unsigned at;

	if (read_word(v, words, COUNT_OF(words), &at, d) < 0)
		return -1;
	c->log_level = (enum log_level)at;
	return 0;
}

static int
read_workers(const struct yaml_node *v, void *obj, struct diag *d)
{
	long long n;

	if (yaml_read_number(v, 1, WORKERS_MAX, &n, d) < 0)
		return -1;
	((struct config *)obj)->gate.workers = (unsigned)n;
	return 0;
}

static int
read_drain(const struct yaml_node *v, void *obj, struct diag *d)
{
	long long ms;

	if (yaml_read_duration(v, 0, CONFIG_DRAIN_MAX_MS, &ms, d) < 0)
		return -1;
	((struct config *)obj)->drain_ms = ms;
	return 0;
}

static int
read_negative_ttl(const struct yaml_node *v, void *obj, struct diag *d)
{
	long long ms;

	if (yaml_read_duration(v, 0, GATE_NEGATIVE_TTL_MAX_MS, &ms, d) < 0)
		return -1;
	((struct config *)obj)->gate.negative_ttl_ms = ms;
	return 0;
}

static int
read_cache_dir(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;

	if (read_string(v, &c->cache_dir, d) < 0)
		return -1;
	if (c->cache_dir[0] != '/')
		return diag_add(d, v->pos, "dir must be a whole path");
	c->store.dir = c->cache_dir;
	return 0;
}

static int
read_seconds(const struct yaml_node *v, int64_t *ret, struct diag *d)
{
	long long ms;

	if (yaml_read_duration(v, 0, CONFIG_EVIDENCE_AGE_MAX_MS, &ms, d) < 0)
		return -1;
	*ret = ms / 1000;
	return 0;
}

static int
read_cache_ttl(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_seconds(v, &((struct config *)obj)->store.ttl_s, d);
}

static int
read_cache_offline(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_seconds(v, &((struct config *)obj)->store.offline_s, d);
}

static int
read_cache_size(const struct yaml_node *v, void *obj, struct diag *d)
{
	long long size;

	if (yaml_read_size(v, STORE_SIZE_MIN, STORE_SIZE_MAX, &size, d) < 0)
		return -1;
	((struct config *)obj)->store.size = (uint64_t)size;
	return 0;
}

static int
check_cache(const struct yaml_node *v, const struct config *c, struct diag *d)
{
	if (c->store.offline_s >= c->store.ttl_s)
		return 0;
	return diag_add(d, v->pos,
	    "offline is shorter than ttl: evidence would be new enough and too "
	    "old");
}

static int
read_cache(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "negativeTtl", read_negative_ttl, false },
		{ "dir", read_cache_dir, false },
		{ "ttl", read_cache_ttl, false },
		{ "offline", read_cache_offline, false },
		{ "size", read_cache_size, false },
	};

	if (yaml_read_mapping(v, "cache", fields, COUNT_OF(fields), obj, d) < 0)
		return -1;
	return check_cache(v, obj, d);
}

static int
read_metrics(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	const char *text;
	struct err e;

	if (yaml_read_text(v, &text, d) < 0)
		return -1;
	if (endpoint_parse(text, &c->metrics, &e) < 0)
		return diag_add(d, v->pos, "%s", e.msg);
	c->has_metrics = true;
	return 0;
}

static int
read_socket_owner(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	const char *name;

	if (yaml_read_text(v, &name, d) < 0)
		return -1;
	if (owner_uid(name, &c->socket_uid) < 0)
		return diag_add(d, v->pos, "there is no user \"%.100s\"", name);
	return 0;
}

static int
read_socket_group(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	const char *name;

	if (yaml_read_text(v, &name, d) < 0)
		return -1;
	if (owner_gid(name, &c->socket_gid) < 0)
		return diag_add(d, v->pos, "there is no group \"%.100s\"",
		    name);
	return 0;
}

static int
read_socket(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "owner", read_socket_owner, false },
		{ "group", read_socket_group, false },
	};

	return yaml_read_mapping(v, "socket", fields, COUNT_OF(fields), obj, d);
}

static int
read_calls(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	long long n;

	if (yaml_read_number(v, 1, CONFIG_CALLS_MAX, &n, d) < 0)
		return -1;
	c->limits.calls = (unsigned)n;
	return 0;
}

static int
read_connections(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	long long n;

	if (yaml_read_number(v, 1, CONFIG_CONNECTIONS_MAX, &n, d) < 0)
		return -1;
	c->limits.connections = (unsigned)n;
	return 0;
}

static int
read_handshake(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	long long ms;

	if (yaml_read_duration(v, 100, CONFIG_HANDSHAKE_MAX_MS, &ms, d) < 0)
		return -1;
	c->limits.handshake_ms = ms;
	return 0;
}

static int
read_limits(const struct yaml_node *v, void *obj, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "calls", read_calls, false },
		{ "connections", read_connections, false },
		{ "handshakeTimeout", read_handshake, false },
	};

	return yaml_read_mapping(v, "limits", fields, COUNT_OF(fields), obj, d);
}

static int
read_plain_http(const struct yaml_node *v, void *obj, struct diag *d)
{
	return yaml_read_bool(v, &((struct registry_host *)obj)->plain_http, d);
}

static int
read_ca_file(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_string(v, &((struct registry_host *)obj)->ca_file, d);
}

static int
read_credentials(const struct yaml_node *v, void *obj, struct diag *d)
{
	return read_string(v, &((struct registry_host *)obj)->credentials_file,
	    d);
}

static int
read_registry(const struct yaml_node *v, struct registry_host *h,
    struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "plainHTTP", read_plain_http, false },
		{ "caFile", read_ca_file, false },
		{ "credentials", read_credentials, false },
		{ "mirrors", later_mirrors, false },
	};

	if (yaml_read_mapping(v, "registry", fields, COUNT_OF(fields), h, d) <
	    0)
		return -1;
	if (h->plain_http && h->ca_file != NULL)
		return diag_add(d, v->pos,
		    "plainHTTP and caFile exclude each other");
	return 0;
}

/* A key that is no host would never be found, and its settings never used. */
static int
check_host(const struct yaml_node *key, struct diag *d)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789.-:[]";
	size_t len = strlen(key->value);

	if (len > 0 && strspn(key->value, allowed) == len)
		return 0;
	return diag_add(d, key->pos,
	    "\"%.100s\" is no registry host: write it as images name it, such as registry.example.com:5000",
	    key->value);
}

static int
read_registries(const struct yaml_node *v, void *obj, struct diag *d)
{
	struct config *c = obj;
	int r = 0;

	if (v->kind != YAML_MAPPING)
		return diag_add(d, v->pos,
		    "registries must be a mapping of hosts");
	if (v->n > CONFIG_REGISTRIES_MAX)
		return diag_add(d, v->pos, "more than %d registries",
		    CONFIG_REGISTRIES_MAX);
	c->registries = mem_calloc(v->n, sizeof(*c->registries));
	for (size_t i = 0; i < v->n; i++) {
		struct registry_host *h = &c->registries[c->nregistries++];

		h->host = mem_strdup(v->keys[i]->value);
		if (check_host(v->keys[i], d) < 0 ||
		    read_registry(v->items[i], h, d) < 0)
			r = -1;
	}
	return r;
}

static int
read_document(const struct yaml_node *root, struct config *c, struct diag *d)
{
	static const struct yaml_field fields[] = {
		{ "listen", read_listen, false },
		{ "runtime", read_runtime, false },
		{ "policies", read_policies, false },
		{ "unmatched", read_unmatched, false },
		{ "gates", read_gates, false },
		{ "presence", read_presence, false },
		{ "checkpoints", read_checkpoints, false },
		{ "unqualified", read_unqualified, false },
		{ "registries", read_registries, false },
		{ "cache", read_cache, false },
		{ "audit", read_audit, false },
		{ "workers", read_workers, false },
		{ "logLevel", read_log_level, false },
		{ "drainTimeout", read_drain, false },
		{ "trustedRoot", read_trusted_root, false },
		{ "metrics", read_metrics, false },
		{ "control", read_control, false },
		{ "socket", read_socket, false },
		{ "limits", read_limits, false },
	};

	if (yaml_is_null(root))
		return 0;
	return yaml_read_mapping(root, "the configuration", fields,
	    COUNT_OF(fields), c, d);
}

int
config_load(const char *path, struct config *c, struct diag *d)
{
	AUTO(buf) struct buf text = buf_with_max(CONFIG_SIZE_MAX);
	AUTO(yaml) struct yaml_file *file = NULL;
	struct diag_pos whole = { .file = path };
	struct err e;

	if (file_read(path, CONFIG_SIZE_MAX, &text, &e) < 0)
		return diag_add(d, whole, "%s", e.msg);
	if (yaml_parse(buf_slice(&text), path, &file, d) < 0)
		return -1;
	if (yaml_doc_count(file) > 1)
		return diag_add(d, yaml_doc_root(file, 1)->pos,
		    "a configuration is one document");
	if (yaml_doc_count(file) == 0)
		return 0;
	return read_document(yaml_doc_root(file, 0), c, d);
}

char *
config_control(const struct config *c)
{
	const char *slash = strrchr(c->listen, '/');

	if (c->control != NULL)
		return strcmp(c->control, "none") == 0 ? NULL
						       : mem_strdup(c->control);
	if (slash == NULL)
		return NULL;
	return str_printf("%.*s/control.sock", (int)(slash - c->listen),
	    c->listen);
}

void
config_clear(struct config *c)
{
	free(c->listen);
	free(c->runtime);
	free(c->audit);
	free(c->trusted_root);
	free(c->cache_dir);
	free(c->control);
	endpoint_clear(&c->metrics);
	str_list_clear(&c->policies);
	for (size_t i = 0; i < c->nregistries; i++) {
		free(c->registries[i].host);
		free(c->registries[i].ca_file);
		free(c->registries[i].credentials_file);
	}
	free(c->registries);
	*c = (struct config){ 0 };
}

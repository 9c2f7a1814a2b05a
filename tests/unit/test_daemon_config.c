/* config.yaml: what it sets, and what is complained of. */
#include "daemon/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "gate/workers.h"
#include "policy_sample.h"

/* config_load of a file that is named c.yaml in its complaints. */
static int
load_slice(struct slice text, struct config *c, struct diag *d)
{
	AUTO(sample) char *directory = sample_directory();
	AUTO(str) char *here = getcwd(NULL, 0);
	FILE *f;
	int r;

	config_defaults(c);
	if (here == NULL || chdir(directory) < 0) {
		FAIL("cannot enter %s", directory);
		return -1;
	}
	f = fopen("c.yaml", "w");
	if (f == NULL || fwrite(text.ptr, 1, text.len, f) != text.len ||
	    fclose(f) != 0)
		FAIL("cannot write c.yaml");
	r = config_load("c.yaml", c, d);
	if (chdir(here) < 0)
		FAIL("cannot go back to %s", here);
	return r;
}

/* It loads; else its complaints are shown. */
static void
load_good(const char *text, struct config *c)
{
	AUTO(diag) struct diag d = { 0 };

	if (load_slice(slice_str(text), c, &d) < 0)
		FAIL("does not load: %s", text);
	for (size_t i = 0; i < d.n; i++)
		FAIL("%s", d.items[i]);
}

/* It does not load, and this is complained of, one a line. */
static void
load_bad(const char *text, const char *want)
{
	AUTO(config) struct config c = { 0 };
	AUTO(diag) struct diag d = { 0 };
	AUTO(str_list) struct str_list got = { 0 };
	AUTO(str) char *lines = NULL;

	if (load_slice(slice_str(text), &c, &d) == 0)
		FAIL("loads: %s", text);
	for (size_t i = 0; i < d.n; i++)
		str_list_add(&got, d.items[i]);
	lines = str_list_join(&got, "\n");
	CHECK_STR(lines, want);
}

static void
check_defaults(const struct config *c)
{
	CHECK_STR(c->listen, "unix:///run/pullgate/cri.sock");
	CHECK_STR(c->runtime, "unix:///run/containerd/containerd.sock");
	CHECK_INT(c->policies.n, 0);
	CHECK(c->gate.unmatched == GATE_UNMATCHED_DENY);
	CHECK_INT(c->gate.negative_ttl_ms, 10000);
	CHECK_INT(c->gate.workers, GATE_WORKERS_DEFAULT);
	CHECK(!c->gate.report);
	CHECK_INT(c->nregistries, 0);
	CHECK(c->audit == NULL);
	CHECK(c->log_level == LOG_INFO);
	CHECK_INT(c->drain_ms, 10000);
	CHECK(!c->has_metrics);
	CHECK(c->socket_uid == (uid_t)-1 && c->socket_gid == (gid_t)-1);
	CHECK_INT(c->limits.calls, 20000);
	CHECK_INT(c->limits.connections, 500);
	CHECK_INT(c->limits.handshake_ms, 10000);
}

TEST(nothing_said_is_the_defaults)
{
	static const char *const texts[] = { "", "# a comment\n", "---\n", "~",
		"{}", "registries: {}\n", "policies: []\n", "cache: {}\n" };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		AUTO(config) struct config c = { 0 };

		printf("# %s\n", texts[i]);
		load_good(texts[i], &c);
		check_defaults(&c);
	}
}

TEST(what_nobody_filled_in_denies)
{
	struct config c = { 0 };

	CHECK(c.gate.unmatched == GATE_UNMATCHED_DENY);
	config_clear(&c);
	config_clear(&c);
}

TEST(every_key_is_taken)
{
	AUTO(config) struct config c = { 0 };

	load_good("listen: unix:///tmp/a.sock\n"
		  "runtime: unix:///run/crio/crio.sock\n"
		  "policies: [/a, '/b c']\n"
		  "unmatched: warn\n"
		  "registries:\n"
		  "  r.example.com: {credentials: /c.json}\n"
		  "  r.example.com:5000: {caFile: /ca.pem}\n"
		  "  '[::1]:5000': {plainHTTP: true}\n"
		  "  docker.io:\n"
		  "    plainHTTP: false\n"
		  "cache: {negativeTtl: 1s500ms}\n"
		  "audit: /var/log/a.jsonl\n"
		  "workers: 3\n"
		  "drainTimeout: 1m\n"
		  "metrics: unix:///run/m.sock\n"
		  "socket: {owner: root, group: 12345}\n"
		  "limits: {calls: 7, connections: 8, handshakeTimeout: 9s}\n"
		  "logLevel: debug\n",
	    &c);
	CHECK_STR(c.listen, "unix:///tmp/a.sock");
	CHECK_STR(c.runtime, "unix:///run/crio/crio.sock");
	CHECK_INT(c.policies.n, 2);
	CHECK(str_list_has(&c.policies, "/a"));
	CHECK(str_list_has(&c.policies, "/b c"));
	CHECK(c.gate.unmatched == GATE_UNMATCHED_WARN);
	CHECK_INT(c.gate.negative_ttl_ms, 1500);
	CHECK_STR(c.audit, "/var/log/a.jsonl");
	CHECK_INT(c.gate.workers, 3);
	CHECK_INT(c.drain_ms, 60000);
	CHECK(c.has_metrics);
	CHECK_STR(c.metrics.path, "/run/m.sock");
	CHECK_INT(c.socket_uid, 0);
	CHECK_INT(c.socket_gid, 12345);
	CHECK_INT(c.limits.calls, 7);
	CHECK_INT(c.limits.connections, 8);
	CHECK_INT(c.limits.handshake_ms, 9000);
	CHECK(c.log_level == LOG_DEBUG);
	CHECK_INT(c.nregistries, 4);
}

TEST(settings_stay_with_their_host)
{
	AUTO(config) struct config c = { 0 };

	load_good("registries:\n"
		  "  a.example.com: {caFile: /ca.pem, credentials: /c.json}\n"
		  "  b.example.com: {plainHTTP: true}\n"
		  "  c.example.com: {}\n",
	    &c);
	if (c.nregistries != 3) {
		FAIL("%zu registries", c.nregistries);
		return;
	}
	CHECK_STR(c.registries[0].host, "a.example.com");
	CHECK_STR(c.registries[0].ca_file, "/ca.pem");
	CHECK_STR(c.registries[0].credentials_file, "/c.json");
	CHECK(!c.registries[0].plain_http);
	CHECK_STR(c.registries[1].host, "b.example.com");
	CHECK(c.registries[1].plain_http);
	CHECK(c.registries[1].ca_file == NULL);
	CHECK(c.registries[1].credentials_file == NULL);
	CHECK_STR(c.registries[2].host, "c.example.com");
	CHECK(!c.registries[2].plain_http);
	CHECK(c.registries[2].ca_file == NULL);
}

TEST(words_mean_what_they_say)
{
	static const struct {
		const char *text;
		enum gate_unmatched unmatched;
		enum log_level level;
	} cases[] = {
		{ "unmatched: deny\nlogLevel: debug", GATE_UNMATCHED_DENY,
		    LOG_DEBUG },
		{ "unmatched: warn\nlogLevel: info", GATE_UNMATCHED_WARN,
		    LOG_INFO },
		{ "unmatched: allow\nlogLevel: warn", GATE_UNMATCHED_ALLOW,
		    LOG_WARN },
		{ "unmatched: 'deny'\nlogLevel: \"error\"", GATE_UNMATCHED_DENY,
		    LOG_ERROR },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(config) struct config c = { 0 };

		load_good(cases[i].text, &c);
		CHECK(c.gate.unmatched == cases[i].unmatched);
		CHECK(c.log_level == cases[i].level);
	}
}

TEST(numbers_at_their_ends)
{
	AUTO(config) struct config low = { 0 }, high = { 0 };

	load_good("workers: 1\ndrainTimeout: 0s\ncache: {negativeTtl: 0s}",
	    &low);
	CHECK_INT(low.gate.workers, 1);
	CHECK_INT(low.drain_ms, 0);
	CHECK_INT(low.gate.negative_ttl_ms, 0);
	load_good("workers: 64\ndrainTimeout: 10m\ncache: {negativeTtl: 10s}",
	    &high);
	CHECK_INT(high.gate.workers, WORKERS_MAX);
	CHECK_INT(high.drain_ms, CONFIG_DRAIN_MAX_MS);
	CHECK_INT(high.gate.negative_ttl_ms, 10000);
}

/* clang-format off */
static const struct {
	const char *text, *want;
} mistakes[] = {
	/* Keys. */
	{ "listen2: x", "c.yaml:1:1: unknown field \"listen2\" in the configuration" },
	{ "Listen: x", "c.yaml:1:1: unknown field \"Listen\" in the configuration" },
	{ "workers: 4\nworkers: 5", "c.yaml:2:1: duplicate key \"workers\"" },
	{ "cache:\n  size2: 1", "c.yaml:2:3: unknown field \"size2\" in cache" },
	{ "registries:\n  r.io:\n    plainHttp: true", "c.yaml:3:5: unknown field \"plainHttp\" in registry" },
	{ "registries: {r.io: {}, r.io: {}}", "c.yaml:1:24: duplicate key \"r.io\"" },
	/* Not yet: never taken silently. */
	{ "registries: {r.io: {mirrors: [m.io]}}", "c.yaml:1:30: mirrors is not supported yet" },
	/* Evidence that is kept. */
	{ "cache: {dir: d}", "c.yaml:1:14: dir must be a whole path" },
	{ "cache: {ttl: 10}", "c.yaml:1:14: a duration is expected, such as 10s or 1m30s" },
	{ "cache: {ttl: 721h}", "c.yaml:1:14: 721h is out of range (0ms to 2592000s)" },
	{ "cache: {ttl: 2h, offline: 1h}", "c.yaml:1:8: offline is shorter than ttl: evidence would be new enough and too old" },
	{ "cache: {ttl: 25h}", "c.yaml:1:8: offline is shorter than ttl: evidence would be new enough and too old" },
	{ "cache: {size: 1Ki}", "c.yaml:1:15: 1Ki is out of range (1048576 to 4294967296)" },
	{ "cache: {size: many}", "c.yaml:1:15: a size is expected, such as 64Mi" },
	/* Who and how many. */
	{ "metrics: 0.0.0.0:9461", "c.yaml:1:10: \"0.0.0.0:9461\" is no address on this machine: write 127.0.0.1:PORT, [::1]:PORT, localhost:PORT or unix:///path" },
	{ "socket: {owner: nobody-of-that-name}", "c.yaml:1:17: there is no user \"nobody-of-that-name\"" },
	{ "socket: {group: -1}", "c.yaml:1:17: there is no group \"-1\"" },
	{ "socket: {group: 4294967295}", "c.yaml:1:17: there is no group \"4294967295\"" },
	{ "socket: {mode: 0666}", "c.yaml:1:10: unknown field \"mode\" in socket" },
	{ "limits: {calls: 0}", "c.yaml:1:17: 0 is out of range (1 to 1000000)" },
	{ "limits: {connections: 20001}", "c.yaml:1:23: 20001 is out of range (1 to 20000)" },
	{ "limits: {manifest: 1Mi}", "c.yaml:1:10: unknown field \"manifest\" in limits" },
	/* Kinds. */
	{ "[listen]", "c.yaml:1:1: the configuration must be a mapping" },
	{ "just text", "c.yaml:1:1: the configuration must be a mapping" },
	{ "listen: [unix:///a]", "c.yaml:1:9: a text is expected" },
	{ "runtime:", "c.yaml:1:9: a text is expected" },
	{ "audit: ~", "c.yaml:1:8: a text is expected" },
	{ "policies: /a", "c.yaml:1:11: policies must be a list of files and directories" },
	{ "policies:", "c.yaml:1:10: policies must be a list of files and directories" },
	{ "policies: [/a, {b: c}, [d]]", "c.yaml:1:16: a text is expected\nc.yaml:1:24: a text is expected" },
	{ "registries: [r.io]", "c.yaml:1:13: registries must be a mapping of hosts" },
	{ "registries: {r.io: /ca.pem}", "c.yaml:1:20: registry must be a mapping" },
	{ "registries: {r.io: {plainHTTP: yes}}", "c.yaml:1:32: true or false is expected" },
	{ "registries: {r.io: {plainHTTP: 'true'}}", "c.yaml:1:32: true or false is expected" },
	{ "registries: {r.io: {caFile: [a]}}", "c.yaml:1:29: a text is expected" },
	{ "registries: {r.io: {credentials: {a: b}}}", "c.yaml:1:34: a text is expected" },
	{ "registries: {r.io: {plainHTTP: true, caFile: /ca}}", "c.yaml:1:20: plainHTTP and caFile exclude each other" },
	{ "cache: 10s", "c.yaml:1:8: cache must be a mapping" },
	/* Hosts that no image could name. */
	{ "registries: {'https://r.io': {}}",
	  "c.yaml:1:14: \"https://r.io\" is no registry host: write it as images name it, such as registry.example.com:5000" },
	{ "registries: {r.io/team: {}}",
	  "c.yaml:1:14: \"r.io/team\" is no registry host: write it as images name it, such as registry.example.com:5000" },
	{ "registries: {'*.r.io': {}}",
	  "c.yaml:1:14: \"*.r.io\" is no registry host: write it as images name it, such as registry.example.com:5000" },
	{ "registries: {'': {}}",
	  "c.yaml:1:14: \"\" is no registry host: write it as images name it, such as registry.example.com:5000" },
	/* Words. */
	{ "unmatched: maybe", "c.yaml:1:12: one of these is expected: deny, warn, allow" },
	{ "unmatched: Deny", "c.yaml:1:12: one of these is expected: deny, warn, allow" },
	{ "unmatched: [deny]", "c.yaml:1:12: one of these is expected: deny, warn, allow" },
	{ "unmatched:", "c.yaml:1:11: one of these is expected: deny, warn, allow" },
	{ "logLevel: trace", "c.yaml:1:11: one of these is expected: debug, info, warn, error" },
	/* Numbers. */
	{ "workers: 0", "c.yaml:1:10: 0 is out of range (1 to 64)" },
	{ "workers: 65", "c.yaml:1:10: 65 is out of range (1 to 64)" },
	{ "workers: -1", "c.yaml:1:10: a whole number is expected" },
	{ "workers: 4294967297", "c.yaml:1:10: 4294967297 is out of range (1 to 64)" },
	{ "workers: 99999999999999999999", "c.yaml:1:10: a whole number is expected" },
	{ "workers: many", "c.yaml:1:10: a whole number is expected" },
	{ "drainTimeout: 10", "c.yaml:1:15: a duration is expected, such as 10s or 1m30s" },
	{ "drainTimeout: 10m1ms", "c.yaml:1:15: 10m1ms is out of range (0ms to 600s)" },
	{ "drainTimeout: -1s", "c.yaml:1:15: a duration is expected, such as 10s or 1m30s" },
	{ "cache: {negativeTtl: 11s}", "c.yaml:1:22: 11s is out of range (0ms to 10s)" },
	/* Documents. */
	{ "workers: 2\n---\nworkers: 3", "c.yaml:3:1: a configuration is one document" },
	/* One run tells all. */
	{ "a: 1\nworkers: 0\nb: 2",
	  "c.yaml:1:1: unknown field \"a\" in the configuration\n"
	  "c.yaml:2:10: 0 is out of range (1 to 64)\n"
	  "c.yaml:3:1: unknown field \"b\" in the configuration" },
};
/* clang-format on */

TEST(every_mistake_with_its_place)
{
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		printf("# %s\n", mistakes[i].text);
		load_bad(mistakes[i].text, mistakes[i].want);
	}
}

#define BYTES(text)                                                            \
	{                                                                      \
		(const uint8_t *)(text), sizeof(text) - 1                      \
	}

TEST(text_that_is_no_yaml)
{
	/* clang-format off */
	static const struct {
		struct slice text;
		const char *want;
	} cases[] = {
		{ BYTES("a: [b"), "c.yaml:2:1: did not find expected ',' or ']'" },
		{ BYTES("\tworkers: 3"), "c.yaml:1:1: found character that cannot start any token" },
		{ BYTES("a: \xff\xfe"), "c.yaml:1:4: invalid leading UTF-8 octet" },
		{ BYTES("listen: a\0b"), "c.yaml:1:10: control characters are not allowed" },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(config) struct config c = { 0 };
		AUTO(diag) struct diag d = { 0 };

		CHECK(load_slice(cases[i].text, &c, &d) < 0);
		CHECK_INT(d.n, 1);
		CHECK_STR(d.n == 0 ? NULL : d.items[0], cases[i].want);
	}
}

TEST(more_registries_than_there_may_be)
{
	AUTO(buf) struct buf text = buf_with_max(CONFIG_SIZE_MAX);
	AUTO(config) struct config c = { 0 }, too_many = { 0 };
	AUTO(diag) struct diag d = { 0 };
	int r = buf_puts(&text, "registries:\n");

	for (int i = 0; i < CONFIG_REGISTRIES_MAX; i++)
		r |= buf_printf(&text, "  r%d.io: {}\n", i);
	load_good(buf_text(&text), &c);
	CHECK_INT(c.nregistries, CONFIG_REGISTRIES_MAX);
	r |= buf_puts(&text, "  one.more: {}\n");
	CHECK_INT(r, 0);
	CHECK(load_slice(buf_slice(&text), &too_many, &d) < 0);
	CHECK_STR(d.items[0], "c.yaml:2:3: more than 1000 registries");
	CHECK_INT(too_many.nregistries, 0);
}

TEST(a_file_that_is_too_large)
{
	AUTO(buf) struct buf text = buf_with_max(CONFIG_SIZE_MAX + 1);
	AUTO(config) struct config c = { 0 };
	AUTO(diag) struct diag d = { 0 };

	while (buf_puts(&text, "#") == 0)
		;
	CHECK(load_slice(buf_slice(&text), &c, &d) < 0);
	CHECK_STR(d.items[0], "c.yaml: c.yaml is larger than 1048576 bytes");
}

TEST(a_file_that_cannot_be_read)
{
	AUTO(sample) char *directory = sample_directory();
	AUTO(str) char *missing = str_printf("%s/none.yaml", directory);
	AUTO(config) struct config c = { 0 };
	AUTO(diag) struct diag d = { 0 };

	config_defaults(&c);
	CHECK(config_load(missing, &c, &d) < 0);
	CHECK(config_load(directory, &c, &d) < 0);
	CHECK_INT(d.n, 2);
	CHECK(strstr(d.items[0], "cannot open") != NULL);
	CHECK(strstr(d.items[1], "is no regular file") != NULL);
	check_defaults(&c);
}

TEST_MAIN

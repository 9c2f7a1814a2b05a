/* The daemon: the rooms below wired together, and signals. */
#include "daemon/serve.h"

#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "base/file.h"
#include "cri/server.h"
#include "daemon/activation.h"
#include "daemon/audit.h"
#include "daemon/watchdog.h"
#include "gate/ring.h"

#define EXIT_CONFIG 2

/* The relay's thread works if it was heard of in this time. */
#define SILENCE_MAX_MS 5000

struct daemon {
	const struct config *config;
	struct audit audit;
	struct registry *registry;
	struct gate *gate;
	struct cri_server *server;
	struct watchdog *watchdog;
};

static int
load_ring(const struct config *c, struct ring **ret)
{
	AUTO(diag) struct diag d = { 0 };

	if (ring_load((const char *const *)c->policies.items, c->policies.n,
		ret, &d) == 0)
		return 0;
	for (size_t i = 0; i < d.n; i++)
		log_line(LOG_ERROR, "%s", d.items[i]);
	return -1;
}

/* Without a policy everything is unmatched: refuse to run as a wall. */
static int
check_policies(const struct config *c, const struct ring *ring)
{
	if (ring_policies(ring)->n > 0 ||
	    c->gate.unmatched != GATE_UNMATCHED_DENY)
		return 0;
	log_line(LOG_ERROR,
	    "no policy is configured: every pull would be refused; name some with --policy or `policies`, or set `unmatched: warn` or `allow`");
	return -1;
}

static bool
relay_works(void *arg)
{
	const struct daemon *d = arg;

	return cri_server_silence_ms(d->server) < SILENCE_MAX_MS;
}

/* Accept connections: where the service manager listens, or where we do. */
static int
listen_for_kubelet(struct daemon *d, struct err *e)
{
	struct cri_listen where = {
		.address = d->config->listen,
		.uid = d->config->socket_uid,
		.gid = d->config->socket_gid,
	};

	if (activation_take(&where.fd, e) < 0)
		return -1;
	if (where.fd >= 0)
		log_line(LOG_INFO,
		    "the service manager listens for us: `listen` and `socket` do not apply");
	return cri_server_listen(d->server, &where, e);
}

static int
start(struct daemon *d, struct err *e)
{
	struct cri_settings settings = {
		.runtime = d->config->runtime,
		.gate = d->gate,
		.record = audit_record,
		.record_arg = &d->audit,
		.limits = d->config->limits,
	};

	if (audit_open(d->config->audit, &d->audit, e) < 0)
		return -1;
	if (cri_server_start(&settings, &d->server, e) < 0)
		return -1;
	d->watchdog = watchdog_start(relay_works, d);
	return listen_for_kubelet(d, e);
}

/* Ready, and what `systemctl status` shows. */
static void
tell_ready(const struct ring *ring)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%zu policies in force",
	    ring_policies(ring)->n);
}

static void
reload(struct daemon *d)
{
	AUTO(ring) struct ring *ring = NULL;
	struct err e;

	(void)sd_notify(0, "RELOADING=1");
	if (audit_reopen(d->config->audit, &d->audit, &e) < 0)
		log_line(LOG_ERROR, "%s", e.msg);
	if (load_ring(d->config, &ring) < 0 ||
	    check_policies(d->config, ring) < 0) {
		log_line(LOG_ERROR,
		    "policies not reloaded: the ones before stay in force");
		(void)sd_notify(0,
		    "READY=1\nSTATUS=policies not reloaded: the ones before stay in force");
		return;
	}
	gate_set_ring(d->gate, ring);
	log_line(LOG_INFO, "policies reloaded: %zu in force",
	    ring_policies(ring)->n);
	tell_ready(ring);
}

static void
wait_for_end(struct daemon *d, const sigset_t *signals)
{
	int sig;

	for (;;) {
		if (sigwait(signals, &sig) != 0)
			continue;
		if (sig != SIGHUP)
			return;
		reload(d);
	}
}

static void
stop(struct daemon *d)
{
	(void)sd_notify(0, "STOPPING=1");
	if (d->server != NULL)
		cri_server_drain(d->server, (long)d->config->drain_ms);
	watchdog_stop(d->watchdog);
	if (d->server != NULL)
		cri_server_free(d->server);
	gate_free(d->gate);
	registry_free(d->registry);
	audit_close(&d->audit);
}

/* Signals are waited for, so no thread may be interrupted by them. */
static void
block_signals(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, ret, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

int
daemon_serve(const struct config *config)
{
	struct daemon d = { .config = config, .audit = { .fd = -1 } };
	AUTO(ring) struct ring *ring = NULL;
	sigset_t signals;
	struct err e;

	block_signals(&signals);
	log_set_level(config->log_level);
	if (load_ring(config, &ring) < 0 || check_policies(config, ring) < 0)
		return EXIT_CONFIG;
	cri_init();
	d.registry = registry_new(config->registries, config->nregistries);
	d.gate = gate_new(&config->gate, d.registry, ring);
	if (start(&d, &e) < 0) {
		log_line(LOG_ERROR, "%s", e.msg);
		stop(&d);
		return EXIT_CONFIG;
	}
	log_line(LOG_INFO,
	    "pullgate " PULLGATE_VERSION
	    " listens on %s, runtime %s, %zu policies",
	    config->listen, config->runtime, ring_policies(ring)->n);
	tell_ready(ring);
	wait_for_end(&d, &signals);
	log_line(LOG_INFO, "stopping");
	stop(&d);
	return EXIT_SUCCESS;
}

/* The daemon: the rooms below wired together, and signals. */
#include "daemon/serve.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cri/server.h"
#include "daemon/activation.h"
#include "daemon/audit.h"
#include "daemon/control.h"
#include "daemon/enforcing.h"
#include "daemon/metrics.h"
#include "daemon/monitor.h"
#include "daemon/status.h"
#include "daemon/verify.h"
#include "daemon/watch.h"
#include "daemon/watchdog.h"
#include "gate/ring.h"

#define EXIT_CONFIG 2

/* The relay's thread works if it was heard of in this time. */
#define SILENCE_MAX_MS 5000

struct daemon {
	const struct config *config;
	struct audit audit;
	struct registry *registry;
	struct store *store;
	char *tags_file; /* or NULL */
	struct gate *gate;
	struct cri_server *server;
	struct recent *recent;
	struct control *control;
	int64_t started;
	_Atomic size_t policies, enforced; /* in force, and not only watched */
	pthread_mutex_t ring_lock;
	struct ring *ring; /* in force; under ring_lock */
	struct enforcing *enforcing;
	struct watchdog *watchdog;
	struct monitor *monitor;
	struct watch *watch;
	atomic_bool reload_failed; /* the policies in force are the old ones */
};

static int
load_ring(const struct config *c, struct ring **ret)
{
	AUTO(diag) struct diag d = { 0 };
	struct ring_sources from = { (const char *const *)c->policies.items,
		c->policies.n, c->trusted_root };
	int r = ring_load(&from, ret, &d);

	for (size_t i = 0; i < d.n; i++)
		log_line(LOG_ERROR, "%s", d.items[i]);
	for (size_t i = 0; i < d.nremarks; i++)
		log_line(strstr(d.remarks[i], ": warning: ") == NULL ? LOG_INFO
								     : LOG_WARN,
		    "%s", d.remarks[i]);
	return r;
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

static const char *
relay_problem(void *arg)
{
	return relay_works(arg) ? NULL : "the relay does not respond";
}

static const char *
runtime_trouble(void *arg)
{
	const struct daemon *d = arg;

	return cri_server_runtime_problem(d->server);
}

static const char *
policies_problem(void *arg)
{
	const struct daemon *d = arg;

	return atomic_load(&d->reload_failed)
		   ? "the last reload failed: the ones before stay in force"
		   : NULL;
}

static void
collect(void *arg)
{
	(void)arg;
	metrics_collect();
}

static int
start_monitor(struct daemon *d, struct err *e)
{
	struct monitor_settings settings = {
		.endpoint = &d->config->metrics,
		.live = { { "relay", relay_problem, d } },
		.ready = { { "runtime", runtime_trouble, d },
		    { "policies", policies_problem, d } },
		.collect = collect,
	};

	metrics_begin();
	if (!d->config->has_metrics)
		return 0;
	return monitor_start(&settings, &d->monitor, e);
}

/* How things stand for the doors.  Any thread. */
static void
view_doors(void *arg, struct enforcing_of *ret)
{
	struct daemon *d = arg;

	(void)pthread_mutex_lock(&d->ring_lock);
	*ret = (struct enforcing_of){
		.config = d->config,
		.server = d->server,
		.gate = d->gate,
		.ring = ring_ref(d->ring),
	};
	(void)pthread_mutex_unlock(&d->ring_lock);
}

/* On one of the control socket's threads. */
static struct json *
answer_control(void *arg, const struct json *question)
{
	struct daemon *d = arg;
	const char *op = json_get_text(question, "op");
	struct status_of status = {
		.config = d->config,
		.server = d->server,
		.recent = d->recent,
		.policies = atomic_load(&d->policies),
		.enforced = atomic_load(&d->enforced),
		.reload_failed = atomic_load(&d->reload_failed),
		.started = d->started,
	};
	struct json *unknown;

	if (op != NULL && strcmp(op, "status") == 0)
		return status_json(&status);
	if (op != NULL && strcmp(op, "doors") == 0)
		return enforcing_json(d->enforcing);
	if (op != NULL && strcmp(op, "verify") == 0)
		return verify_answer(d->gate, &d->audit, question);
	unknown = json_new_object();
	json_set_text(unknown, "error",
	    "pullgate: op is status, doors or verify");
	return unknown;
}

/* Pulls do not need it: a place that nobody named and cannot be had costs no
 * more than a warning. */
static int
start_control(struct daemon *d, struct err *e)
{
	AUTO(str) char *address = config_control(d->config);

	if (address == NULL ||
	    control_start(address, answer_control, d, &d->control, e) == 0)
		return 0;
	if (d->config->control != NULL)
		return -1;
	log_line(LOG_WARN, "%s", e->msg);
	return 0;
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
		.gate_pull = d->config->gate_pull,
		.gate_create = d->config->gate_create,
		.hide_unverified = d->config->hide_unverified,
		.checkpoints = d->config->gate.checkpoints,
		.unqualified = d->config->unqualified,
		.tags_file = d->tags_file,
	};

	if (audit_open(d->config->audit, &d->audit, e) < 0)
		return -1;
	d->audit.recent = d->recent;
	if (cri_server_start(&settings, &d->server, e) < 0)
		return -1;
	d->watchdog = watchdog_start(relay_works, d);
	d->enforcing = enforcing_start(view_doors, d);
	if (start_monitor(d, e) < 0 || start_control(d, e) < 0)
		return -1;
	return listen_for_kubelet(d, e);
}

/* Ready, and what `systemctl status` shows. */
static void
tell_ready(const struct ring *ring)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%zu policies in force",
	    ring_policies(ring)->n);
}

/* The kernel stamps files by this clock. */
static struct timespec
file_time(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

/* From now on a change of these, or of their keys, is a reason to reload. */
static void
follow(struct daemon *d, const struct ring *ring, struct timespec since)
{
	AUTO(str_list) struct str_list files = { 0 };

	str_list_merge(&files, &d->config->policies);
	str_list_merge(&files, ring_files(ring));
	watch_follow(d->watch, &files, since);
}

/* The main thread waits for signals, so this is one. */
static void
files_changed(void *arg)
{
	(void)arg;
	(void)kill(getpid(), SIGUSR1);
}

static void
reopen_audit(struct daemon *d)
{
	struct err e;

	if (audit_reopen(d->config->audit, &d->audit, &e) < 0)
		log_line(LOG_ERROR, "%s", e.msg);
}

static void
note_policies(struct daemon *d, struct ring *ring)
{
	struct ring *old;

	(void)pthread_mutex_lock(&d->ring_lock);
	old = d->ring;
	d->ring = ring_ref(ring);
	(void)pthread_mutex_unlock(&d->ring_lock);
	ring_unref(old);
	metrics_policies(ring_policies(ring)->n);
	atomic_store(&d->policies, ring_policies(ring)->n);
	atomic_store(&d->enforced, enforcing_count(ring_policies(ring)));
	enforcing_kick(d->enforcing);
}

static void
reload(struct daemon *d)
{
	struct timespec since = file_time();
	AUTO(ring) struct ring *ring = NULL;

	(void)sd_notify(0, "RELOADING=1");
	if (load_ring(d->config, &ring) < 0 ||
	    check_policies(d->config, ring) < 0) {
		log_line(LOG_ERROR,
		    "policies not reloaded: the ones before stay in force");
		atomic_store(&d->reload_failed, true);
		metrics_reload(false);
		(void)sd_notify(0,
		    "READY=1\nSTATUS=policies not reloaded: the ones before stay in force");
		return;
	}
	gate_set_ring(d->gate, ring);
	follow(d, ring, since);
	log_line(LOG_INFO, "policies reloaded: %zu in force",
	    ring_policies(ring)->n);
	atomic_store(&d->reload_failed, false);
	metrics_reload(true);
	note_policies(d, ring);
	tell_ready(ring);
}

static void
wait_for_end(struct daemon *d, const sigset_t *signals)
{
	int sig;

	for (;;) {
		if (sigwait(signals, &sig) != 0)
			continue;
		if (sig != SIGHUP && sig != SIGUSR1)
			return;
		if (sig == SIGHUP)
			reopen_audit(d);
		reload(d);
	}
}

static void
stop(struct daemon *d)
{
	(void)sd_notify(0, "STOPPING=1");
	watch_stop(d->watch);
	if (d->server != NULL)
		cri_server_drain(d->server, (long)d->config->drain_ms);
	watchdog_stop(d->watchdog);
	monitor_stop(d->monitor);
	control_stop(d->control);
	enforcing_stop(d->enforcing);
	if (d->server != NULL)
		cri_server_free(d->server);
	gate_free(d->gate);
	store_free(d->store);
	registry_free(d->registry);
	audit_close(&d->audit);
	recent_free(d->recent);
	ring_unref(d->ring);
	(void)pthread_mutex_destroy(&d->ring_lock);
	free(d->tags_file);
}

/* Signals are waited for, so no thread may be interrupted by them. */
static void
block_signals(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGHUP);
	(void)sigaddset(ret, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, ret, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

int
daemon_serve(const struct config *config)
{
	struct daemon d = { .config = config,
		.audit = { .fd = -1 },
		.ring_lock = PTHREAD_MUTEX_INITIALIZER };
	struct gate_settings settings = config->gate;
	AUTO(ring) struct ring *ring = NULL;
	sigset_t signals;
	struct timespec since = file_time();
	struct err e;

	block_signals(&signals);
	log_set_level(config->log_level);
	if (load_ring(config, &ring) < 0 || check_policies(config, ring) < 0)
		return EXIT_CONFIG;
	cri_init();
	d.recent = recent_new();
	d.started = clock_now();
	note_policies(&d, ring);
	d.registry = registry_new(config->registries, config->nregistries);
	d.store = store_new(&config->store);
	if (config->cache_dir != NULL)
		d.tags_file = str_printf("%s/tags", config->cache_dir);
	settings.store = d.store;
	d.gate = gate_new(&settings, d.registry, ring);
	if (start(&d, &e) < 0) {
		log_line(LOG_ERROR, "%s", e.msg);
		stop(&d);
		return EXIT_CONFIG;
	}
	log_line(LOG_INFO,
	    "pullgate " PULLGATE_VERSION
	    " listens on %s, runtime %s, %zu policies",
	    config->listen, config->runtime, ring_policies(ring)->n);
	d.watch = watch_start(files_changed, NULL);
	follow(&d, ring, since);
	tell_ready(ring);
	wait_for_end(&d, &signals);
	log_line(LOG_INFO, "stopping");
	stop(&d);
	return EXIT_SUCCESS;
}

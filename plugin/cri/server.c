/* The proxy as a whole: its parts, their beginning and their end. */
#include "cri/server.h"

#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/unixsock.h"
#include "cri/accept.h"
#include "cri/call.h"
#include "cri/loop.h"
#include "cri/runtime.h"
#include "cri/seen.h"
#include "cri/tag_map.h"

/* Calls that may arrive at once without waiting for the loop. */
#define EXPECTED_CALLS 16

/* After a large message: beats until memory is given back. */
#define TRIM_BEATS 10

/* Between the last connection and the end of the server. */
#define SETTLE_MS 100

struct cri_server {
	struct cri_settings settings;
	struct loop *loop;
	struct runtime runtime;
	struct facts *facts;
	struct tag_map *tags;
	struct seen *seen;
	struct relay relay;
	grpc_server *server;
	grpc_server_credentials *creds;
	struct acceptor acceptor;
	pthread_t thread;
	struct timer beat;
	int beats_to_trim;
	_Atomic int64_t beat_ms; /* when the thread last ran it */

	/* Set on the loop's thread, waited for by who stops. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool down; /* the server is, and no call is left */
	bool server_down;
	struct tag shutdown_tag;
};

/* Peers can make gRPC log at will; what matters reaches us as a status. */
static void
grpc_log(gpr_log_func_args *args)
{
	if (args->severity == GPR_LOG_SEVERITY_ERROR)
		log_line(LOG_DEBUG, "grpc: %s", args->message);
}

/*
 * absl::SetMutexDeadlockDetectionMode(), as Debian's absl names it.  Debian
 * builds gRPC with assertions, and with them absl looks for cycles at every
 * lock: a good tenth of the relay's time.  Where the symbol is another the
 * reference is null and the look is paid for.
 */
extern void
_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE(int mode)
    __attribute__((weak));

static void
forget_deadlocks(void)
{
	enum { IGNORE = 0 };

	if (_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE !=
	    NULL)
		_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE(
		    IGNORE);
}

void
cri_init(void)
{
	forget_deadlocks();
	gpr_set_log_function(grpc_log);
	grpc_init();
}

static void *
loop_thread(void *arg)
{
	struct cri_server *s = arg;

	loop_run(s->loop);
	return NULL;
}

static void
connected(void *arg, int fd)
{
	struct cri_server *s = arg;

	grpc_server_add_channel_from_fd(s->server, fd, s->creds);
}

/* What large messages took from the system it gets back, now and then. */
static void
trim(struct cri_server *s)
{
	if (!s->relay.was_large || --s->beats_to_trim > 0)
		return;
	(void)malloc_trim(0);
	s->relay.was_large = false;
	s->beats_to_trim = TRIM_BEATS;
}

/* On the loop's thread: it works. */
static void
beat(void *obj)
{
	struct cri_server *s = obj;

	trim(s);
	atomic_store_explicit(&s->beat_ms, clock_mono_ms(),
	    memory_order_relaxed);
	loop_after(s->loop, &s->beat, CRI_BEAT_MS);
}

int64_t
cri_server_silence_ms(const struct cri_server *s)
{
	return clock_mono_ms() -
	       atomic_load_explicit(&s->beat_ms, memory_order_relaxed);
}

const char *
cri_server_runtime_problem(const struct cri_server *s)
{
	return runtime_is_ready(&s->runtime) ? NULL
					     : runtime_problem(&s->runtime);
}

struct json *
cri_server_facts(struct cri_server *s)
{
	return facts_json(s->facts);
}

static void
create_server(struct cri_server *s)
{
	grpc_arg args[RUNTIME_ARGS_MAX];
	size_t n = runtime_common_args(args);
	grpc_channel_args list;

	/* Clients with keepalive ping as often as they like: the default would
	 * cut their watches. */
	args[n++] = runtime_arg_int(
	    GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 0);
	args[n++] = runtime_arg_int(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
	list = (grpc_channel_args){ n, args };
	s->server = grpc_server_create(&list, NULL);
	grpc_server_register_completion_queue(s->server, loop_queue(s->loop),
	    NULL);
	grpc_server_start(s->server);
	s->creds = grpc_insecure_server_credentials_create();
}

/* On the loop's thread: the end is reached when the server is down and no call
 * holds on. */
static void
check_down(struct cri_server *s)
{
	if (!s->server_down || s->relay.live > 0)
		return;
	loop_cancel(s->loop, &s->beat);
	facts_stop(s->facts);
	runtime_disconnect(&s->runtime);
	(void)pthread_mutex_lock(&s->lock);
	s->down = true;
	(void)pthread_cond_signal(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
}

static void
on_idle(struct relay *r)
{
	check_down(r->owner);
}

static void
on_shutdown(void *obj, bool ok)
{
	struct cri_server *s = obj;

	(void)ok;
	s->server_down = true;
	check_down(s);
}

int
cri_server_start(const struct cri_settings *settings, struct cri_server **ret,
    struct err *e)
{
	struct cri_server *s = MEM_NEW(struct cri_server);
	int r;

	s->settings = *settings;
	s->loop = loop_new();
	if (runtime_open(&s->runtime, settings->runtime, s->loop, e) < 0) {
		grpc_completion_queue_shutdown(loop_queue(s->loop));
		loop_run(s->loop);
		loop_free(s->loop);
		free(s);
		return -1;
	}
	outage_init(&s->relay.outage, &s->runtime, s->loop);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
	s->shutdown_tag = (struct tag){ on_shutdown, s };
	create_server(s);
	s->facts = facts_new(&s->runtime, settings->gate);
	s->runtime.connected = facts_learn;
	s->runtime.connected_arg = s->facts;
	s->tags = tag_map_open(settings->tags_file);
	s->relay.loop = s->loop;
	s->relay.runtime = &s->runtime;
	s->relay.facts = s->facts;
	s->relay.tags = s->tags;
	s->relay.seen = s->seen = seen_new();
	s->relay.server = s->server;
	s->relay.settings = &s->settings;
	s->relay.idle = on_idle;
	s->relay.owner = s;
	s->beat = (struct timer){ .fn = beat, .obj = s };
	s->beats_to_trim = TRIM_BEATS;
	beat(s);
	for (int i = 0; i < EXPECTED_CALLS; i++)
		call_expect(&s->relay);
	r = pthread_create(&s->thread, NULL, loop_thread, s);
	if (r != 0) {
		/* No memory or no threads: nothing of this can run. */
		log_line(LOG_ERROR, "cannot start the relay's thread: %s",
		    strerrordesc_np(r));
		abort();
	}
	*ret = s;
	return 0;
}

int
cri_server_listen(struct cri_server *s, const struct cri_listen *where,
    struct err *e)
{
	struct accept_settings settings = {
		.fd = where->fd,
		.uid = where->uid,
		.gid = where->gid,
		.connections_max = s->settings.limits.connections,
		.handshake_ms = s->settings.limits.handshake_ms,
		.connected = connected,
		.arg = s,
	};
	AUTO(str) char *path = NULL;

	if (where->fd < 0 && unixsock_path(where->address, &path, e) < 0)
		return err_wrap(e, "listen");
	settings.path = path;
	return acceptor_start(&s->acceptor, &settings, e);
}

/* True once it is down, false when the time is over first. */
static bool
wait_down(struct cri_server *s, long ms)
{
	struct timespec until;
	bool down;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&s->lock);
	while (!s->down && r == 0)
		r = ms < 0 ? pthread_cond_wait(&s->changed, &s->lock)
			   : pthread_cond_clockwait(&s->changed, &s->lock,
				 CLOCK_MONOTONIC, &until);
	down = s->down;
	(void)pthread_mutex_unlock(&s->lock);
	return down;
}

/*
 * gRPC cancels calls that arrive after its shutdown and before the client has
 * heard of it.  A client that has connected for one call, as the last that was
 * accepted, gets it through first.
 */
static void
settle(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = SETTLE_MS * 1000000 },
	    NULL);
}

void
cri_server_drain(struct cri_server *s, long grace_ms)
{
	acceptor_stop(&s->acceptor);
	settle();
	grpc_server_shutdown_and_notify(s->server, loop_queue(s->loop),
	    &s->shutdown_tag);
	if (!wait_down(s, grace_ms)) {
		grpc_server_cancel_all_calls(s->server);
		(void)wait_down(s, -1);
	}
}

void
cri_server_free(struct cri_server *s)
{
	grpc_completion_queue_shutdown(loop_queue(s->loop));
	(void)pthread_join(s->thread, NULL);
	grpc_server_destroy(s->server);
	grpc_server_credentials_release(s->creds);
	runtime_clear(&s->runtime);
	loop_free(s->loop);
	facts_free(s->facts);
	tag_map_close(s->tags);
	seen_free(s->seen);
	(void)pthread_cond_destroy(&s->changed);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
	grpc_shutdown();
}

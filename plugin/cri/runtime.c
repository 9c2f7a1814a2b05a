/* The runtime's side: the channel, and whether it is there. */
#include "cri/runtime.h"

#include <assert.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/slice.h"
#include "base/str.h"
#include "base/unixsock.h"
#include "cri/stats.h"

/* How often a runtime that is away is looked for; a look is one connect(2). */
#define RECONNECT_MS 200

/* For connect and handshake: the runtime is on this machine. */
#define CONNECT_TIMEOUT_MS 1000

/* Header blocks as large as any client of a runtime sends; the default of 8 KiB
 * is less than grpc-go takes. */
#define METADATA_MAX (16 << 20)

/* A fixed window: with the one that follows the bandwidth, fifty readers that
 * stall cost hundreds of megabytes. */
#define WINDOW (256 << 10)

grpc_arg
runtime_arg_int(const char *key, int value)
{
	grpc_arg arg = { .type = GRPC_ARG_INTEGER };

	/* gRPC takes the literal as char * and only reads it. */
	arg.key = (char *)(uintptr_t)key;
	arg.value.integer = value;
	return arg;
}

static grpc_arg
arg_text(const char *key, const char *value)
{
	grpc_arg arg = { .type = GRPC_ARG_STRING };

	arg.key = (char *)(uintptr_t)key;
	arg.value.string = (char *)(uintptr_t)value;
	return arg;
}

size_t
runtime_common_args(grpc_arg args[RUNTIME_ARGS_MAX])
{
	size_t n = 0;

	args[n++] = runtime_arg_int(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, -1);
	args[n++] = runtime_arg_int(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1);
	args[n++] = runtime_arg_int(GRPC_ARG_MAX_METADATA_SIZE, METADATA_MAX);
	args[n++] = runtime_arg_int(GRPC_ARG_HTTP2_BDP_PROBE, 0);
	args[n++] =
	    runtime_arg_int(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, WINDOW);
	args[n++] = runtime_arg_int(GRPC_ARG_ENABLE_CENSUS, 0);
	/* What comes compressed is decompressed, and goes on as it is then. */
	args[n++] = runtime_arg_int(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
	return n;
}

static void
watch_state(struct runtime *r)
{
	grpc_channel_watch_connectivity_state(r->channel, r->state,
	    gpr_inf_future(GPR_CLOCK_MONOTONIC), loop_queue(r->loop),
	    &r->state_tag);
}

static void
note_ready(struct runtime *r, bool ready)
{
	if (runtime_is_ready(r) == ready)
		return;
	atomic_store_explicit(&r->ready, ready, memory_order_relaxed);
	stats_runtime(ready);
	if (!ready) {
		log_line(LOG_WARN, "runtime unix://%s: connection lost",
		    r->path);
		return;
	}
	log_line(LOG_INFO, "runtime unix://%s: connected", r->path);
	if (r->connected != NULL)
		r->connected(r->connected_arg);
}

/* An idle channel is asked to connect again, so that the first call after a
 * restart need not. */
static void
on_state(void *obj, bool ok)
{
	struct runtime *r = obj;

	(void)ok;
	if (r->channel == NULL)
		return;
	r->state = grpc_channel_check_connectivity_state(r->channel, 1);
	note_ready(r, r->state == GRPC_CHANNEL_READY);
	watch_state(r);
}

int
runtime_open(struct runtime *r, const char *address, struct loop *loop,
    struct err *e)
{
	AUTO(str) char *path = NULL, *target = NULL;
	grpc_channel_credentials *creds;
	grpc_arg args[RUNTIME_ARGS_MAX];
	size_t n = runtime_common_args(args);

	if (unixsock_path(address, &path, e) < 0)
		return err_wrap(e, "runtime");
	/* The minimum is really the connect timeout. */
	args[n++] = runtime_arg_int(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
	    RECONNECT_MS);
	args[n++] = runtime_arg_int(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
	    CONNECT_TIMEOUT_MS);
	args[n++] =
	    runtime_arg_int(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, RECONNECT_MS);
	args[n++] = runtime_arg_int(GRPC_ARG_ENABLE_RETRIES, 0);
	args[n++] = runtime_arg_int(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);
	args[n++] = runtime_arg_int(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
	args[n++] =
	    runtime_arg_int(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
	args[n++] = arg_text(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
	assert(n <= RUNTIME_ARGS_MAX);

	target = str_printf("unix:%s", path);
	creds = grpc_insecure_credentials_create();
	r->channel =
	    grpc_channel_create(target, creds, &(grpc_channel_args){ n, args });
	grpc_channel_credentials_release(creds);
	r->loop = loop;
	r->path = path;
	path = NULL;
	r->state_tag = (struct tag){ on_state, r };
	r->state = grpc_channel_check_connectivity_state(r->channel, 1);
	watch_state(r);
	return 0;
}

bool
runtime_is_ready(const struct runtime *r)
{
	return atomic_load_explicit(&r->ready, memory_order_relaxed);
}

const char *
runtime_problem(const struct runtime *r)
{
	int error = unixsock_probe(r->path);

	return error == 0 ? "it does not answer" : strerrordesc_np(error);
}

/* What gRPC says of streams whose connection ended. */
static const char closed[] = "Socket closed";

/* A status says not where it was made; but while the runtime is connected, one
 * that says UNAVAILABLE is the runtime's own.  Calls of our own may end after
 * runtime_disconnect(). */
static bool
is_away(const struct runtime *r, struct slice text)
{
	return slice_is(text, closed) || r->channel == NULL ||
	       grpc_channel_check_connectivity_state(r->channel, 0) !=
		   GRPC_CHANNEL_READY;
}

void
runtime_explain(const struct runtime *r, grpc_status_code status,
    grpc_slice *text)
{
	struct slice bytes =
	    slice_of(GRPC_SLICE_START_PTR(*text), GRPC_SLICE_LENGTH(*text));
	AUTO(str) char *plain = NULL;
	AUTO(str) char *full = NULL;

	if (status != GRPC_STATUS_UNAVAILABLE || !is_away(r, bytes))
		return;
	plain = str_printable(bytes);
	if (str_starts(plain, "pullgate: "))
		return;
	full = str_printf(RUNTIME_AWAY, r->path, plain);
	grpc_slice_unref(*text);
	*text = grpc_slice_from_copied_string(full);
}

void
runtime_disconnect(struct runtime *r)
{
	if (r->channel == NULL)
		return;
	grpc_channel_destroy(r->channel);
	r->channel = NULL;
}

void
runtime_clear(struct runtime *r)
{
	assert(r->channel == NULL);
	free(r->path);
}

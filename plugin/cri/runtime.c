/* The runtime's side: the channel, and calls of our own. */
#include "cri/runtime.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cri/message.h"

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
	return n;
}

int
unix_path(const char *address, char **ret, struct err *e)
{
	const char *path = address;

	if (str_starts(path, "unix://"))
		path += strlen("unix://");
	else if (str_starts(path, "unix:"))
		path += strlen("unix:");
	if (path[0] != '/')
		return err_set(e, ERR_CONFIG,
		    "\"%.200s\" is no Unix socket address: write unix:///path",
		    address);
	*ret = mem_strdup(path);
	return 0;
}

int
runtime_open(struct runtime *r, const char *address, struct loop *loop,
    struct err *e)
{
	AUTO(str) char *path = NULL, *target = NULL;
	grpc_channel_credentials *creds;
	grpc_arg args[RUNTIME_ARGS_MAX];
	size_t n = runtime_common_args(args);

	if (unix_path(address, &path, e) < 0)
		return err_wrap(e, "runtime");
	/* A runtime that was restarted is found again within a second: the
	 * minimum is also the connect timeout. */
	args[n++] = runtime_arg_int(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
	args[n++] = runtime_arg_int(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
	args[n++] = runtime_arg_int(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
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
	r->address = mem_strdup(path);
	return 0;
}

void
runtime_close(struct runtime *r)
{
	grpc_channel_destroy(r->channel);
	free(r->address);
}

/* A unary call of our own: everything in one batch. */
struct own_call {
	grpc_call *call;
	struct tag tag;
	grpc_metadata header;
	grpc_metadata_array initial, trailing;
	grpc_byte_buffer *request, *response;
	grpc_status_code status;
	grpc_slice details;
	runtime_done *done;
	void *arg;
};

static void
own_call_free(struct own_call *c)
{
	grpc_metadata_array_destroy(&c->initial);
	grpc_metadata_array_destroy(&c->trailing);
	grpc_byte_buffer_destroy(c->request);
	if (c->response != NULL)
		grpc_byte_buffer_destroy(c->response);
	grpc_slice_unref(c->details);
	grpc_call_unref(c->call);
	free(c);
}

static void
own_call_done(void *obj, bool ok)
{
	struct own_call *c = obj;
	grpc_slice body = message_bytes(c->response);

	c->done(c->arg, ok ? c->status : GRPC_STATUS_UNAVAILABLE,
	    slice_of(GRPC_SLICE_START_PTR(body), GRPC_SLICE_LENGTH(body)));
	grpc_slice_unref(body);
	own_call_free(c);
}

static struct own_call *
own_call_new(struct runtime *r, const struct runtime_request *request)
{
	struct own_call *c = MEM_NEW(struct own_call);
	gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
	    gpr_time_from_millis(request->timeout_ms, GPR_TIMESPAN));
	/* The channel keeps it beyond the call, to compress the next. */
	grpc_slice method = grpc_slice_from_copied_string(request->method);

	c->request = message_of_bytes(request->body);
	grpc_metadata_array_init(&c->initial);
	grpc_metadata_array_init(&c->trailing);
	c->details = grpc_empty_slice();
	if (request->header != NULL) {
		c->header.key = grpc_slice_from_static_string(request->header);
		c->header.value = grpc_slice_from_static_string(request->value);
	}
	c->call = grpc_channel_create_call(r->channel, NULL, 0,
	    loop_queue(r->loop), method, NULL, deadline, NULL);
	grpc_slice_unref(method);
	return c;
}

void
runtime_call(struct runtime *r, const struct runtime_request *request,
    runtime_done *done, void *arg)
{
	struct own_call *c = own_call_new(r, request);
	grpc_op ops[6] = { 0 };
	grpc_call_error error;

	c->done = done;
	c->arg = arg;
	c->tag = (struct tag){ own_call_done, c };
	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[0].data.send_initial_metadata.count = request->header != NULL;
	ops[0].data.send_initial_metadata.metadata = &c->header;
	ops[1].op = GRPC_OP_SEND_MESSAGE;
	ops[1].data.send_message.send_message = c->request;
	ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[3].data.recv_initial_metadata.recv_initial_metadata = &c->initial;
	ops[4].op = GRPC_OP_RECV_MESSAGE;
	ops[4].data.recv_message.recv_message = &c->response;
	ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	ops[5].data.recv_status_on_client.trailing_metadata = &c->trailing;
	ops[5].data.recv_status_on_client.status = &c->status;
	ops[5].data.recv_status_on_client.status_details = &c->details;
	error =
	    grpc_call_start_batch(c->call, ops, COUNT_OF(ops), &c->tag, NULL);
	/* Every part of the batch is our own and legal. */
	assert(error == GRPC_CALL_OK);
	(void)error;
}

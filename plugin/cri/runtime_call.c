/* Calls of our own to the runtime. */
#include "cri/runtime_call.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "cri/message.h"
#include "cri/outage.h"

/* A unary call of our own: everything in one batch. */
struct own_call {
	grpc_call *call;
	struct runtime *runtime;
	struct tag tag;
	bool waited; /* the runtime was away */
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

/* It was waited for, and did not come. */
static void
note_absence(struct own_call *c)
{
	if (c->waited && c->status == GRPC_STATUS_DEADLINE_EXCEEDED)
		c->status = GRPC_STATUS_UNAVAILABLE;
	runtime_explain(c->runtime, c->status, &c->details);
}

static void
own_call_done(void *obj, bool ok)
{
	struct own_call *c = obj;
	grpc_slice body = message_bytes(c->response);
	AUTO(str) char *text = NULL;

	note_absence(c);
	text = str_printable(slice_of(GRPC_SLICE_START_PTR(c->details),
	    GRPC_SLICE_LENGTH(c->details)));
	c->done(c->arg, &(struct runtime_reply){
			    .status = ok ? c->status : GRPC_STATUS_UNAVAILABLE,
			    .text = text,
			    .body = slice_of(GRPC_SLICE_START_PTR(body),
				GRPC_SLICE_LENGTH(body)),
			});
	grpc_slice_unref(body);
	own_call_free(c);
}

static struct own_call *
own_call_new(struct runtime *r, const struct runtime_request *request)
{
	struct own_call *c = MEM_NEW(struct own_call);
	bool away = !runtime_is_ready(r);
	gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
	    gpr_time_from_millis(away ? OUTAGE_WAIT_MS : request->timeout_ms,
		GPR_TIMESPAN));
	/* The channel keeps it beyond the call, to compress the next. */
	grpc_slice method = grpc_slice_from_copied_string(request->method);

	c->runtime = r;
	c->waited = away;
	c->request = message_pack(request->message);
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
runtime_call_cancel(struct own_call *c)
{
	if (c != NULL)
		(void)grpc_call_cancel(c->call, NULL);
}

struct own_call *
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
	if (c->waited)
		ops[0].flags =
		    GRPC_INITIAL_METADATA_WAIT_FOR_READY |
		    GRPC_INITIAL_METADATA_WAIT_FOR_READY_EXPLICITLY_SET;
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
	return c;
}

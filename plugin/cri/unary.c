/* One question, one answer. */
#include "cri/unary.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/support/time.h>

#include "base/mem.h"
#include "base/str.h"
#include "cri/message.h"

static void
create_call(struct unary *u, grpc_channel *channel,
    grpc_completion_queue *queue, const struct unary_question *question)
{
	gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
	    gpr_time_from_millis(question->timeout_ms, GPR_TIMESPAN));
	/* The channel keeps it beyond the call, to compress the next. */
	grpc_slice method = grpc_slice_from_copied_string(question->method);

	u->call = grpc_channel_create_call(channel, NULL, 0, queue, method,
	    NULL, deadline, NULL);
	grpc_slice_unref(method);
}

static void
start_batch(struct unary *u, size_t nheaders, uint32_t flags, void *tag)
{
	grpc_op ops[6] = { 0 };
	grpc_call_error error;

	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[0].flags = flags;
	ops[0].data.send_initial_metadata.count = nheaders;
	ops[0].data.send_initial_metadata.metadata = &u->header;
	ops[1].op = GRPC_OP_SEND_MESSAGE;
	ops[1].data.send_message.send_message = u->request;
	ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[3].data.recv_initial_metadata.recv_initial_metadata = &u->initial;
	ops[4].op = GRPC_OP_RECV_MESSAGE;
	ops[4].data.recv_message.recv_message = &u->response;
	ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	ops[5].data.recv_status_on_client.trailing_metadata = &u->trailing;
	ops[5].data.recv_status_on_client.status = &u->status;
	ops[5].data.recv_status_on_client.status_details = &u->details;
	error = grpc_call_start_batch(u->call, ops, COUNT_OF(ops), tag, NULL);
	/* Every part of the batch is our own and legal. */
	assert(error == GRPC_CALL_OK);
	(void)error;
}

void
unary_start(struct unary *u, grpc_channel *channel,
    grpc_completion_queue *queue, const struct unary_question *question,
    void *tag)
{
	*u = (struct unary){ .details = grpc_empty_slice() };
	u->request = message_pack(question->message);
	grpc_metadata_array_init(&u->initial);
	grpc_metadata_array_init(&u->trailing);
	if (question->header != NULL) {
		u->header.key = grpc_slice_from_static_string(question->header);
		u->header.value =
		    grpc_slice_from_static_string(question->value);
	}
	create_call(u, channel, queue, question);
	start_batch(u, question->header != NULL,
	    question->wait_for_ready
		? GRPC_INITIAL_METADATA_WAIT_FOR_READY |
		      GRPC_INITIAL_METADATA_WAIT_FOR_READY_EXPLICITLY_SET
		: 0,
	    tag);
}

char *
unary_text(const struct unary *u)
{
	return str_printable(slice_of(GRPC_SLICE_START_PTR(u->details),
	    GRPC_SLICE_LENGTH(u->details)));
}

void
unary_clear(struct unary *u)
{
	grpc_metadata_array_destroy(&u->initial);
	grpc_metadata_array_destroy(&u->trailing);
	grpc_byte_buffer_destroy(u->request);
	if (u->response != NULL)
		grpc_byte_buffer_destroy(u->response);
	grpc_slice_unref(u->details);
	grpc_call_unref(u->call);
}

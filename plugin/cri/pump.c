/*
 * What can be started for a call, given what is known of it.  It is
 * level-triggered, since completions come in any order.
 */
#include <grpc/slice.h>

#include "cri/call_private.h"
#include "cri/intercept.h"
#include "cri/message.h"
#include "cri/stats.h"

static size_t
add_request_headers(struct call *c, grpc_op *op)
{
	op->op = GRPC_OP_SEND_INITIAL_METADATA;
	if (c->waits)
		op->flags = GRPC_INITIAL_METADATA_WAIT_FOR_READY |
			    GRPC_INITIAL_METADATA_WAIT_FOR_READY_EXPLICITLY_SET;
	op->data.send_initial_metadata.count = c->request_headers.count;
	op->data.send_initial_metadata.metadata = c->request_headers.metadata;
	c->request_sent = true;
	stats_request_sent(c);
	return 1;
}

static size_t
add_receive_status(struct call *c, grpc_op *op)
{
	op->op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	op->data.recv_status_on_client.trailing_metadata = &c->trailers;
	op->data.recv_status_on_client.status = &c->status;
	op->data.recv_status_on_client.status_details = &c->status_text;
	return 1;
}

/*
 * Headers, the next message, the end: as much of it as is there, in one write.
 * Where that is the whole request, the batch also waits for the status, which
 * saves one of its own.
 */
static void
pump_up(struct call *c)
{
	struct stream *s = &c->to_up;
	bool first = !c->request_sent;
	grpc_op ops[4] = { 0 }, status = { 0 };
	size_t n = 0;

	if (c->up == NULL || s->sending || c->have_status || c->end_sent)
		return;
	if (first)
		n += add_request_headers(c, &ops[n]);
	if (s->queue[0] != NULL) {
		ops[n].op = GRPC_OP_SEND_MESSAGE;
		ops[n++].data.send_message.send_message = stream_take_queued(s);
	}
	if (s->ended && s->queue[0] == NULL) {
		ops[n++].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
		c->end_sent = true;
	}
	if (n == 0)
		return;
	s->sending = true;
	c->sent_with_status = first && c->end_sent;
	if (c->sent_with_status) {
		n += add_receive_status(c, &ops[n]);
		call_start(c, c->up, ops, n, &c->status_tag);
		return;
	}
	call_start(c, c->up, ops, n, &s->send_tag);
	if (first)
		call_start(c, c->up, &status, add_receive_status(c, &status),
		    &c->status_tag);
}

static size_t
add_status(struct call *c, grpc_op *op)
{
	op->op = GRPC_OP_SEND_STATUS_FROM_SERVER;
	op->data.send_status_from_server.status = c->status;
	op->data.send_status_from_server.status_details = &c->status_text;
	op->data.send_status_from_server.trailing_metadata_count =
	    c->trailers.count;
	op->data.send_status_from_server.trailing_metadata =
	    c->trailers.metadata;
	c->status_sent = true;
	stats_status_sent(c);
	return 1;
}

/*
 * Everything the runtime had to say is here.  gRPC gives an OK after all
 * messages; an error may overtake some, so those are read to their end.
 */
static bool
answer_complete(struct call *c)
{
	if (c->have_status && c->status == GRPC_STATUS_OK &&
	    !c->to_down.receiving)
		c->to_down.ended = true;
	return c->have_status && c->to_down.ended;
}

/*
 * Headers go down without waiting for a message (watches), but with the status
 * where both are there and nothing else is: that keeps an answer of trailers
 * alone what it is.
 */
static void
pump_down(struct call *c)
{
	struct stream *s = &c->to_down;
	bool complete = answer_complete(c);
	grpc_op ops[3] = { 0 };
	size_t n = 0;

	if (s->sending || c->status_sent || c->closed)
		return;
	if (c->intercept != NULL && (!complete || c->answer_held))
		return;
	if (!c->headers_sent && (c->have_headers || complete)) {
		ops[n].op = GRPC_OP_SEND_INITIAL_METADATA;
		ops[n].data.send_initial_metadata.count = c->headers.count;
		ops[n++].data.send_initial_metadata.metadata =
		    c->headers.metadata;
		c->headers_sent = true;
	}
	if (c->headers_sent && s->queue[0] != NULL) {
		ops[n].op = GRPC_OP_SEND_MESSAGE;
		ops[n++].data.send_message.send_message = stream_take_queued(s);
	}
	if (complete && s->queue[0] == NULL)
		n += add_status(c, &ops[n]);
	if (n == 0)
		return;
	if (!c->status_sent && !c->is_stream)
		stats_answer_begins(c);
	s->sending = true;
	call_start(c, c->down, ops, n, &s->send_tag);
}

/* Give a held call's request to its interceptor. */
static void
ask(struct call *c)
{
	grpc_slice all = message_bytes(c->to_up.queue[0]);

	c->asked = true;
	c->intercept->request(c,
	    slice_of(GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all)));
	grpc_slice_unref(all);
}

static void
pump_intercept(struct call *c)
{
	if (c->held && !c->asked && !c->closed) {
		if (c->to_up.queue[0] != NULL)
			ask(c);
		else if (c->to_up.ended)
			call_answer(c, GRPC_STATUS_INVALID_ARGUMENT,
			    "pullgate: request without a message");
	}
	if (!c->held && c->answer_held && !c->answer_seen &&
	    answer_complete(c)) {
		c->answer_seen = true;
		c->intercept->answer(c);
	}
}

void
call_pump(void *obj)
{
	struct call *c = obj;

	if (c->intercept != NULL)
		pump_intercept(c);
	pump_up(c);
	pump_down(c);
	call_receive_request(c);
	if (c->up != NULL)
		call_receive(c, c->up, &c->to_down);
	call_unref(c);
}

/*
 * One call on its way through.  Handlers of completions only note what
 * happened; pump() looks at what is known and starts whatever batch can be
 * started.  It is level-triggered, since completions come in any order.
 */
#include "cri/call.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cri/intercept.h"
#include "cri/message.h"
#include "cri/metadata.h"
#include "cri/server.h"
#include "cri/stats.h"

/* Behind a message that is larger nothing is read ahead. */
#define AHEAD_MAX (16u << 10)

static void pump(void *obj);

void
call_ref(struct call *c)
{
	c->refs++;
}

static void
stream_clear(struct stream *s)
{
	grpc_byte_buffer *all[] = { s->incoming, s->queue[0], s->queue[1],
		s->in_flight };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (all[i] != NULL)
			grpc_byte_buffer_destroy(all[i]);
}

static void
call_free(struct call *c)
{
	assert(!c->work.queued);
	if (c->intercept != NULL && c->asked)
		c->intercept->done(c);
	stream_clear(&c->to_up);
	stream_clear(&c->to_down);
	grpc_metadata_array_destroy(&c->request_headers);
	grpc_metadata_array_destroy(&c->headers);
	grpc_metadata_array_destroy(&c->trailers);
	grpc_call_details_destroy(&c->details);
	grpc_slice_unref(c->status_text);
	if (c->up != NULL)
		grpc_call_unref(c->up);
	if (c->down != NULL)
		grpc_call_unref(c->down);
	free(c);
}

void
call_unref(struct call *c)
{
	struct relay *relay = c->relay;
	bool was_live = c->down != NULL;

	assert(c->refs > 0);
	if (--c->refs > 0)
		return;
	if (was_live)
		stats_call_ends(c);
	call_free(c);
	if (!was_live)
		return;
	assert(relay->live > 0);
	if (--relay->live == 0 && relay->idle != NULL)
		relay->idle(relay);
}

void
call_mark(struct call *c)
{
	if (c->work.queued)
		return;
	call_ref(c);
	loop_mark(c->relay->loop, &c->work);
}

/* Something went wrong that is not for a peer to see: end both sides. */
static void
give_up(struct call *c)
{
	c->status_sent = true;
	if (c->down != NULL)
		(void)grpc_call_cancel_with_status(c->down,
		    GRPC_STATUS_INTERNAL, "pullgate: call cannot be relayed",
		    NULL);
	if (c->up != NULL)
		(void)grpc_call_cancel(c->up, NULL);
}

/*
 * Start a batch; its completion holds the call.  A batch may be refused for
 * what a peer sent, so that is an error like any other and no assertion.
 */
static void
start(struct call *c, grpc_call *side, const grpc_op *ops, size_t n,
    struct tag *tag)
{
	if (grpc_call_start_batch(side, ops, n, tag, NULL) == GRPC_CALL_OK)
		call_ref(c);
	else
		give_up(c);
}

/* A handler's last words: pump, and the batch's hold ends. */
static void
batch_done(struct call *c)
{
	call_mark(c);
	call_unref(c);
}

/* One message is read ahead, unless it would be a second large one: fifty
 * streams that stall should cost little. */
static bool
has_room(const struct stream *s)
{
	return s->queue[0] == NULL ||
	       (s->queue[1] == NULL &&
		   grpc_byte_buffer_length(s->queue[0]) < AHEAD_MAX);
}

static void
receive(struct call *c, grpc_call *side, struct stream *s)
{
	grpc_op op = { .op = GRPC_OP_RECV_MESSAGE };

	if (s->receiving || s->ended || !has_room(s))
		return;
	op.data.recv_message.recv_message = &s->incoming;
	s->receiving = true;
	start(c, side, &op, 1, &s->recv_tag);
}

/* Take what the receive batch brought.  False if it brought nothing. */
static bool
take_incoming(struct stream *s)
{
	s->receiving = false;
	if (s->incoming == NULL)
		return false;
	s->queue[s->queue[0] == NULL ? 0 : 1] = s->incoming;
	s->incoming = NULL;
	return true;
}

/*
 * The next message of the client's, at once: what is there already completes
 * before the queue is drained, and then goes up in one write with the headers
 * and the end.
 */
static void
receive_request(struct call *c)
{
	if (!c->closed)
		receive(c, c->down, &c->to_up);
}

static void
note_size(struct relay *relay, const struct stream *s)
{
	if (s->incoming != NULL &&
	    grpc_byte_buffer_length(s->incoming) >= TRIM_BYTES)
		relay->was_large = true;
}

static void
on_request_message(void *obj, bool ok)
{
	struct call *c = obj;

	/* Nothing more, or an end that the client did not mean: the latter is
	 * no half-close, and the close batch tells it. */
	note_size(c->relay, &c->to_up);
	if (!take_incoming(&c->to_up))
		c->to_up.ended =
		    ok && !grpc_call_failed_before_recv_message(c->down);
	else if (c->intercept != NULL)
		c->to_up.ended = true; /* a unary method: one message */
	receive_request(c);
	batch_done(c);
}

static void
on_answer_message(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	note_size(c->relay, &c->to_down);
	if (!take_incoming(&c->to_down))
		c->to_down.ended = true;
	batch_done(c);
}

static void
sent(struct stream *s)
{
	s->sending = false;
	if (s->in_flight != NULL)
		grpc_byte_buffer_destroy(s->in_flight);
	s->in_flight = NULL;
}

/* A failed send needs no more than that: status or close say the rest. */
static void
on_sent_up(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	sent(&c->to_up);
	batch_done(c);
}

static void
on_sent_down(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	sent(&c->to_down);
	batch_done(c);
}

static void
on_headers(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	metadata_keep_sendable(&c->headers);
	c->have_headers = true;
	batch_done(c);
}

static void
on_status(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	if (c->sent_with_status)
		sent(&c->to_up);
	metadata_keep_sendable(&c->trailers);
	runtime_explain(c->relay->runtime, c->status, &c->status_text);
	c->have_status = true;
	stats_status_known(c);
	batch_done(c);
}

/* The client is gone, its deadline has passed, or all is done. */
static void
on_close(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	c->closed = true;
	if (c->canceled != 0) {
		if (c->up != NULL)
			(void)grpc_call_cancel(c->up, NULL);
		if (c->intercept != NULL && c->asked)
			c->intercept->gone(c);
	}
	batch_done(c);
}

/* The runtime's side begins. */
static void
open_up(struct call *c)
{
	grpc_op op = { .op = GRPC_OP_RECV_INITIAL_METADATA };

	c->up = grpc_channel_create_call(c->relay->runtime->channel, NULL, 0,
	    loop_queue(c->relay->loop), c->details.method, &c->details.host,
	    c->details.deadline, NULL);
	op.data.recv_initial_metadata.recv_initial_metadata = &c->headers;
	start(c, c->up, &op, 1, &c->headers_tag);
	c->waits = !runtime_is_ready(c->relay->runtime);
	if (c->waits)
		outage_add(&c->relay->outage, c);
}

/* The next message to send, out of the queue and in flight. */
static grpc_byte_buffer *
take_queued(struct stream *s)
{
	s->in_flight = s->queue[0];
	s->queue[0] = s->queue[1];
	s->queue[1] = NULL;
	return s->in_flight;
}

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
		ops[n++].data.send_message.send_message = take_queued(s);
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
		start(c, c->up, ops, n, &c->status_tag);
		return;
	}
	start(c, c->up, ops, n, &s->send_tag);
	if (first)
		start(c, c->up, &status, add_receive_status(c, &status),
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
		ops[n++].data.send_message.send_message = take_queued(s);
	}
	if (complete && s->queue[0] == NULL)
		n += add_status(c, &ops[n]);
	if (n == 0)
		return;
	if (!c->status_sent && !c->is_stream)
		stats_answer_begins(c);
	s->sending = true;
	start(c, c->down, ops, n, &s->send_tag);
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

static void
pump(void *obj)
{
	struct call *c = obj;

	if (c->intercept != NULL)
		pump_intercept(c);
	pump_up(c);
	pump_down(c);
	receive_request(c);
	if (c->up != NULL)
		receive(c, c->up, &c->to_down);
	call_unref(c);
}

void
call_release(struct call *c, grpc_byte_buffer *message)
{
	assert(c->held);
	c->held = false;
	if (c->to_up.queue[0] != NULL)
		grpc_byte_buffer_destroy(c->to_up.queue[0]);
	c->to_up.queue[0] = message;
	c->answer_held = true;
	open_up(c);
	call_mark(c);
}

void
call_answer(struct call *c, grpc_status_code status, const char *text)
{
	assert(c->up == NULL && c->held);
	c->held = false;
	c->have_status = true;
	c->to_down.ended = true;
	c->status = status;
	grpc_slice_unref(c->status_text);
	c->status_text = grpc_slice_from_copied_string(text);
	call_mark(c);
}

grpc_slice
call_answer_message(struct call *c)
{
	return message_bytes(c->to_down.queue[0]);
}

void
call_release_answer(struct call *c)
{
	c->answer_held = false;
	call_mark(c);
}

static void
begin(struct call *c)
{
	grpc_op op = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER };

	metadata_keep_sendable(&c->request_headers);
	op.data.recv_close_on_server.cancelled = &c->canceled;
	start(c, c->down, &op, 1, &c->close_tag);
	if (c->relay->live > c->relay->settings->limits.calls) {
		c->held = true;
		call_answer(c, GRPC_STATUS_RESOURCE_EXHAUSTED,
		    "pullgate: too many calls are in flight (limits.calls)");
		return;
	}
	c->intercept = intercept_find(c->details.method);
	c->held = c->intercept != NULL;
	if (!c->held)
		open_up(c);
	receive_request(c);
}

static void
on_new(void *obj, bool ok)
{
	struct call *c = obj;

	if (!ok) { /* the server is shutting down */
		c->down = NULL;
		call_unref(c);
		return;
	}
	c->relay->live++;
	stats_call_begins(c);
	call_expect(c->relay);
	begin(c);
	batch_done(c);
}

void
call_expect(struct relay *relay)
{
	struct call *c = MEM_NEW(struct call);
	grpc_completion_queue *queue = loop_queue(relay->loop);

	c->relay = relay;
	c->refs = 1;
	c->work = (struct work){ .fn = pump, .obj = c };
	c->new_tag = (struct tag){ on_new, c };
	c->close_tag = (struct tag){ on_close, c };
	c->headers_tag = (struct tag){ on_headers, c };
	c->status_tag = (struct tag){ on_status, c };
	c->to_up.recv_tag = (struct tag){ on_request_message, c };
	c->to_up.send_tag = (struct tag){ on_sent_up, c };
	c->to_down.recv_tag = (struct tag){ on_answer_message, c };
	c->to_down.send_tag = (struct tag){ on_sent_down, c };
	c->status_text = grpc_empty_slice();
	grpc_call_details_init(&c->details);
	grpc_metadata_array_init(&c->request_headers);
	grpc_metadata_array_init(&c->headers);
	grpc_metadata_array_init(&c->trailers);
	if (grpc_server_request_call(relay->server, &c->down, &c->details,
		&c->request_headers, queue, queue, &c->new_tag) != GRPC_CALL_OK)
		call_unref(c);
}

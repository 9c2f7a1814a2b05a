/*
 * One call on its way through: its beginning and end, and what completions say
 * of it.  Handlers only note what happened; pump.c looks at what is known.
 */
#include "cri/call_private.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/support/time.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cri/intercept.h"
#include "cri/message.h"
#include "cri/metadata.h"
#include "cri/server.h"
#include "cri/stats.h"

void
call_ref(struct call *c)
{
	c->refs++;
}

static void
call_free(struct call *c)
{
	assert(!c->work.queued);
	if (c->intercept != NULL && c->asked)
		if (c->intercept->done != NULL)
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

void
call_start(struct call *c, grpc_call *side, const grpc_op *ops, size_t n,
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

void
call_receive(struct call *c, grpc_call *side, struct stream *s)
{
	grpc_op op = { .op = GRPC_OP_RECV_MESSAGE };

	if (!stream_wants(s))
		return;
	op.data.recv_message.recv_message = &s->incoming;
	s->receiving = true;
	call_start(c, side, &op, 1, &s->recv_tag);
}

void
call_receive_request(struct call *c)
{
	if (!c->closed)
		call_receive(c, c->down, &c->to_up);
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
	if (!stream_take_incoming(&c->to_up))
		c->to_up.ended =
		    ok && !grpc_call_failed_before_recv_message(c->down);
	else if (c->intercept != NULL)
		c->to_up.ended = true; /* a unary method: one message */
	call_receive_request(c);
	batch_done(c);
}

static void
on_answer_message(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	note_size(c->relay, &c->to_down);
	if (!stream_take_incoming(&c->to_down))
		c->to_down.ended = true;
	batch_done(c);
}

/* A failed send needs no more than that: status or close say the rest. */
static void
on_sent_up(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	stream_sent(&c->to_up);
	batch_done(c);
}

static void
on_sent_down(void *obj, bool ok)
{
	struct call *c = obj;

	(void)ok;
	stream_sent(&c->to_down);
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
		stream_sent(&c->to_up);
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
		if (c->intercept != NULL && c->asked &&
		    c->intercept->gone != NULL)
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
	call_start(c, c->up, &op, 1, &c->headers_tag);
	c->waits = !runtime_is_ready(c->relay->runtime);
	if (c->waits)
		outage_add(&c->relay->outage, c);
}

void
call_release(struct call *c, grpc_byte_buffer *message)
{
	assert(c->held);
	c->held = false;
	if (c->to_up.queue[0] != NULL)
		grpc_byte_buffer_destroy(c->to_up.queue[0]);
	c->to_up.queue[0] = message;
	c->answer_held = c->intercept->answer != NULL;
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

void
call_refuse(struct call *c, const char *message)
{
	call_answer(c, GRPC_STATUS_UNKNOWN,
	    message == NULL ? "pullgate: there is no verdict" : message);
}

grpc_slice
call_answer_message(struct call *c)
{
	return message_bytes(c->to_down.queue[0]);
}

void
call_replace_answer(struct call *c, grpc_byte_buffer *message)
{
	assert(c->answer_held);
	if (c->to_down.queue[0] != NULL)
		grpc_byte_buffer_destroy(c->to_down.queue[0]);
	c->to_down.queue[0] = message;
}

int64_t
call_time_left_ms(const struct call *c, int64_t most_ms)
{
	gpr_timespec now = gpr_now(c->details.deadline.clock_type);
	int64_t left =
	    gpr_time_to_millis(gpr_time_sub(c->details.deadline, now));

	if (left > most_ms)
		return most_ms;
	return left < 0 ? 0 : left;
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
	call_start(c, c->down, &op, 1, &c->close_tag);
	if (c->relay->live > c->relay->settings->limits.calls) {
		c->held = true;
		call_answer(c, GRPC_STATUS_RESOURCE_EXHAUSTED,
		    "pullgate: too many calls are in flight (limits.calls)");
		return;
	}
	c->intercept = intercept_find(c);
	c->held = c->intercept != NULL;
	if (!c->held)
		open_up(c);
	call_receive_request(c);
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
	c->work = (struct work){ .fn = call_pump, .obj = c };
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

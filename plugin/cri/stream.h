#ifndef CRI_STREAM_H
#define CRI_STREAM_H

#include <grpc/grpc.h>
#include <stdbool.h>

#include "base/auto.h"
#include "cri/loop.h"

/* Messages that are on their way in one direction. */
struct stream {
	struct tag recv_tag, send_tag;
	bool receiving, sending;
	bool ended;                  /* no message follows those in the queue */
	grpc_byte_buffer *incoming;  /* the batch under way fills this */
	grpc_byte_buffer *queue[2];  /* received, not yet sent */
	grpc_byte_buffer *in_flight; /* being sent */
};

/* Should another message be asked for?  One is read ahead, so that the end of a
 * stream travels with its last message; behind a large one none is. */
bool stream_wants(const struct stream *s);

/* Take what the receive batch brought.  False if it brought nothing. */
bool stream_take_incoming(struct stream *s);

/* The next message to send, out of the queue and in flight; there is one. */
grpc_byte_buffer *stream_take_queued(struct stream *s);

/* The send batch is done: what was in flight is freed. */
void stream_sent(struct stream *s);

void stream_clear(struct stream *s);

#endif

/* Messages in one direction: what was received, what is being sent. */
#include "cri/stream.h"

#include <grpc/byte_buffer.h>

#include "base/mem.h"

/* Behind a message that is larger nothing is read ahead. */
#define AHEAD_MAX (16u << 10)

void
stream_clear(struct stream *s)
{
	grpc_byte_buffer *all[] = { s->incoming, s->queue[0], s->queue[1],
		s->in_flight };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (all[i] != NULL)
			grpc_byte_buffer_destroy(all[i]);
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

bool
stream_wants(const struct stream *s)
{
	return !s->receiving && !s->ended && has_room(s);
}

bool
stream_take_incoming(struct stream *s)
{
	s->receiving = false;
	if (s->incoming == NULL)
		return false;
	s->queue[s->queue[0] == NULL ? 0 : 1] = s->incoming;
	s->incoming = NULL;
	return true;
}

grpc_byte_buffer *
stream_take_queued(struct stream *s)
{
	s->in_flight = s->queue[0];
	s->queue[0] = s->queue[1];
	s->queue[1] = NULL;
	return s->in_flight;
}

void
stream_sent(struct stream *s)
{
	s->sending = false;
	if (s->in_flight != NULL)
		grpc_byte_buffer_destroy(s->in_flight);
	s->in_flight = NULL;
}

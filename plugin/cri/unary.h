#ifndef CRI_UNARY_H
#define CRI_UNARY_H

#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* A unary call of our own: everything in one batch. */
struct unary {
	grpc_call *call;
	grpc_metadata header; /* sent if it has a key */
	grpc_metadata_array initial, trailing;
	grpc_byte_buffer *request, *response; /* response: NULL if none came */
	grpc_status_code status;
	grpc_slice details;
};

/* What is asked.  method is copied, message is encoded at once, header and value
 * (one pair of metadata, may be NULL) are literals. */
struct unary_question {
	const char *method;
	const char *header, *value;
	const ProtobufCMessage *message;
	int64_t timeout_ms;
	bool wait_for_ready; /* while nobody is connected */
};

/* tag comes out of the queue when all of it is over, at the deadline at the
 * latest.  u is to stay until then. */
void unary_start(struct unary *u, grpc_channel *channel,
    grpc_completion_queue *queue, const struct unary_question *question,
    void *tag);

/* The text of the status, fit for a line; a new string. */
char *unary_text(const struct unary *u) __attribute__((returns_nonnull));

/* After the end. */
void unary_clear(struct unary *u);

#endif

#ifndef CRI_MESSAGE_H
#define CRI_MESSAGE_H

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <protobuf-c/protobuf-c.h>

#include "base/auto.h"
#include "base/slice.h"

/* Between gRPC's messages, plain bytes and protobuf-c. */

/* The whole of a message in one slice, which the caller unrefs; empty for
 * NULL. */
grpc_slice message_bytes(grpc_byte_buffer *message);

/* A message with a copy of these bytes. */
grpc_byte_buffer *message_of_bytes(struct slice bytes);

/* A protobuf-c message, encoded. */
grpc_byte_buffer *message_pack(const ProtobufCMessage *m);

/*
 * A string field as text.  protobuf leaves it to the reader: what holds a NUL
 * or is not UTF-8 would read differently here and in the runtime, so it is
 * refused (-1).  Absent and empty fields give NULL.  The caller frees *ret.
 */
int message_text(ProtobufCBinaryData field, char **ret) MUST_CHECK;

/* Bytes as protobuf-c holds them, copied; freed with the message. */
ProtobufCBinaryData message_data(const char *text);

/* The same, borrowed: for messages that are built and packed in place. */
ProtobufCBinaryData message_borrow(const char *text);

#endif

/* Messages as bytes, and the other way round. */
#include "cri/message.h"

#include <grpc/byte_buffer_reader.h>

#include "base/mem.h"
#include "base/str.h"

grpc_slice
message_bytes(grpc_byte_buffer *message)
{
	grpc_byte_buffer_reader reader;
	grpc_slice all;

	if (message == NULL || !grpc_byte_buffer_reader_init(&reader, message))
		return grpc_empty_slice();
	all = grpc_byte_buffer_reader_readall(&reader);
	grpc_byte_buffer_reader_destroy(&reader);
	return all;
}

static grpc_byte_buffer *
message_of_slice(grpc_slice slice)
{
	grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&slice, 1);

	grpc_slice_unref(slice);
	return message;
}

grpc_byte_buffer *
message_of_bytes(struct slice bytes)
{
	return message_of_slice(
	    grpc_slice_from_copied_buffer((const char *)bytes.ptr, bytes.len));
}

grpc_byte_buffer *
message_pack(const ProtobufCMessage *m)
{
	grpc_slice slice =
	    grpc_slice_malloc(protobuf_c_message_get_packed_size(m));

	(void)protobuf_c_message_pack(m, GRPC_SLICE_START_PTR(slice));
	return message_of_slice(slice);
}

int
message_text(ProtobufCBinaryData field, char **ret)
{
	struct slice s = slice_of(field.data, field.len);

	if (slice_has_nul(s) || !str_is_utf8(s))
		return -1;
	*ret = s.len == 0 ? NULL : mem_strndup((const char *)s.ptr, s.len);
	return 0;
}

ProtobufCBinaryData
message_data(const char *text)
{
	return (
	    ProtobufCBinaryData){ strlen(text), (uint8_t *)mem_strdup(text) };
}

ProtobufCBinaryData
message_borrow(const char *text)
{
	/* protobuf-c has no const; packing only reads. */
	return (
	    ProtobufCBinaryData){ strlen(text), (uint8_t *)(uintptr_t)text };
}

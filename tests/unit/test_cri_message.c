#include "cri/message.h"

#include "base/mem.h"
#include "base/str.h"
#include "cri.pb-c.h"
#include "test.h"

static int
text_of(const char *bytes, size_t len, char **ret)
{
	ProtobufCBinaryData data = { len, (uint8_t *)(uintptr_t)bytes };

	return message_text(data, ret);
}

TEST(text_that_two_readers_would_read_differently_is_refused)
{
	AUTO(str) char *text = NULL;
	char *none = NULL;

	CHECK(text_of("a\0evil", 6, &none) < 0);
	CHECK(text_of("\xff", 1, &none) < 0);
	CHECK(text_of("a\0", 2, &none) < 0);
	CHECK(none == NULL);
	CHECK(text_of("", 0, &none) == 0 && none == NULL);
	CHECK(text_of("prod", 4, &text) == 0);
	CHECK_STR(text, "prod");
}

/* image.image, then fields that no .proto of ours has, inside and outside. */
static const uint8_t wire[] = { 0x0a, 0x0d,  /* image, 13 bytes */
	0x0a, 0x05, 'n', 'a', 'm', 'e', ':', /* image.image */
	0x92, 0x01, 0x03, 'u', 's', 'r',     /* field 18 */
	0x98, 0x06, 0x2a,                    /* field 99 */
	0xa2, 0x06, 0x02, 'h', 'i' };        /* field 100 */

TEST(unknown_fields_survive_an_edit)
{
	Runtime__V1__PullImageRequest *r =
	    runtime__v1__pull_image_request__unpack(NULL, sizeof(wire), wire);
	grpc_byte_buffer *packed;
	grpc_slice bytes;
	static const uint8_t want[] = { 0x0a, 0x0b, 0x0a, 0x03, 'x', '@', 'y',
		0x92, 0x01, 0x03, 'u', 's', 'r', 0x98, 0x06, 0x2a, 0xa2, 0x06,
		0x02, 'h', 'i' };

	CHECK(r != NULL);
	free(r->image->image.data);
	r->image->image = message_data("x@y");
	packed = message_pack(&r->base);
	bytes = message_bytes(packed);
	CHECK_INT(GRPC_SLICE_LENGTH(bytes), sizeof(want));
	CHECK(memcmp(GRPC_SLICE_START_PTR(bytes), want, sizeof(want)) == 0);
	grpc_slice_unref(bytes);
	grpc_byte_buffer_destroy(packed);
	runtime__v1__pull_image_request__free_unpacked(r, NULL);
}

TEST(without_an_edit_the_bytes_are_the_same)
{
	Runtime__V1__PullImageRequest *r =
	    runtime__v1__pull_image_request__unpack(NULL, sizeof(wire), wire);
	grpc_byte_buffer *packed = message_pack(&r->base);
	grpc_slice bytes = message_bytes(packed);

	CHECK_INT(GRPC_SLICE_LENGTH(bytes), sizeof(wire));
	CHECK(memcmp(GRPC_SLICE_START_PTR(bytes), wire, sizeof(wire)) == 0);
	grpc_slice_unref(bytes);
	grpc_byte_buffer_destroy(packed);
	runtime__v1__pull_image_request__free_unpacked(r, NULL);
}

TEST(nothing_is_an_empty_message)
{
	grpc_slice bytes = message_bytes(NULL);

	CHECK_INT(GRPC_SLICE_LENGTH(bytes), 0);
	grpc_slice_unref(bytes);
}

TEST_MAIN

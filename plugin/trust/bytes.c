/* Numbers in network byte order. */
#include "trust/bytes.h"

bool
take_bytes(struct slice *from, size_t n, struct slice *ret)
{
	if (from->len < n)
		return false;
	*ret = slice_of(from->ptr, n);
	*from = slice_of(from->ptr + n, from->len - n);
	return true;
}

bool
take_be(struct slice *from, size_t bytes, uint64_t *ret)
{
	struct slice taken;

	if (!take_bytes(from, bytes, &taken))
		return false;
	*ret = 0;
	for (size_t i = 0; i < bytes; i++)
		*ret = *ret << 8 | taken.ptr[i];
	return true;
}

bool
take_vector(struct slice *from, size_t length_bytes, struct slice *ret)
{
	uint64_t len;

	return take_be(from, length_bytes, &len) &&
	       take_bytes(from, (size_t)len, ret);
}

void
put_be(uint8_t *to, size_t bytes, uint64_t value)
{
	for (size_t i = bytes; i > 0; i--, value >>= 8)
		to[i - 1] = (uint8_t)value;
}

/* Pieces of DER. */
#include "trust/der.h"

#include "trust/bytes.h"

#define LONG_FORM 0x80

static bool
take_length(struct slice *from, size_t *ret)
{
	uint64_t n;

	if (!take_be(from, 1, &n))
		return false;
	if ((n & LONG_FORM) != 0 &&
	    ((n & ~(uint64_t)LONG_FORM) > 4 ||
		!take_be(from, (size_t)(n & ~(uint64_t)LONG_FORM), &n)))
		return false;
	*ret = (size_t)n;
	return true;
}

bool
der_take(struct slice *from, struct der_value *ret)
{
	struct slice at = *from;
	uint64_t tag;
	size_t len;

	if (!take_be(&at, 1, &tag) || !take_length(&at, &len) ||
	    !take_bytes(&at, len, &ret->content))
		return false;
	ret->tag = (uint8_t)tag;
	ret->whole = slice_of(from->ptr, (size_t)(at.ptr - from->ptr));
	*from = at;
	return true;
}

int
der_put(struct buf *to, uint8_t tag, struct slice content)
{
	uint8_t head[6] = { tag, (uint8_t)content.len };
	size_t bytes = 0, n = 2;

	if (content.len >= LONG_FORM) {
		for (size_t left = content.len; left > 0; left >>= 8)
			bytes++;
		head[1] = (uint8_t)(LONG_FORM | bytes);
		put_be(head + 2, bytes, content.len);
		n += bytes;
	}
	return buf_append(to, head, n) < 0 ||
		       buf_append(to, content.ptr, content.len) < 0
		   ? -1
		   : 0;
}

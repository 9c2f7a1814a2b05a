/* RFC 4648 base64, strict, and hexadecimal. */
#include "base/base64.h"

#include "base/mem.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
value_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* How many of the last group's characters are padding. */
static size_t
padding_of(struct slice text)
{
	if (text.len == 0 || text.ptr[text.len - 1] != '=')
		return 0;
	return text.ptr[text.len - 2] == '=' ? 2 : 1;
}

/*
 * One group of four into three bytes less the padding.  The bits that padding
 * leaves over are zero in canonical text.
 */
static int
decode_group(const uint8_t *group, size_t padding, struct buf *out)
{
	uint8_t bytes[3];
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int v = i < 4 - padding ? value_of(group[i]) : 0;

		if (v < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
	}
	if ((padding == 1 && (bits & 0xff) != 0) ||
	    (padding == 2 && (bits & 0xffff) != 0))
		return -1;
	bytes[0] = (uint8_t)(bits >> 16);
	bytes[1] = (uint8_t)(bits >> 8);
	bytes[2] = (uint8_t)bits;
	return buf_append(out, bytes, 3 - padding);
}

int
base64_decode(struct slice text, struct buf *ret, struct err *e)
{
	size_t padding, before = ret->len;

	if (text.len % 4 != 0)
		return err_set(e, ERR_MALFORMED, "no valid base64");
	padding = padding_of(text);
	if (text.len / 4 * 3 - padding > ret->max - ret->len)
		return err_set(e, ERR_LIMIT, "base64 text is too long");
	for (size_t i = 0; i < text.len; i += 4) {
		if (decode_group(text.ptr + i, i + 4 == text.len ? padding : 0,
			ret) == 0)
			continue;
		buf_cut(ret, before);
		return err_set(e, ERR_MALFORMED, "no valid base64");
	}
	return 0;
}

char *
base64_encode(struct slice bytes)
{
	char *text = mem_alloc((bytes.len + 2) / 3 * 4 + 1), *at = text;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t bits = (uint32_t)bytes.ptr[i] << 16;

		bits |= left > 1 ? (uint32_t)bytes.ptr[i + 1] << 8 : 0;
		bits |= left > 2 ? (uint32_t)bytes.ptr[i + 2] : 0;
		*at++ = alphabet[bits >> 18];
		*at++ = alphabet[bits >> 12 & 63];
		*at++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		*at++ = left > 2 ? alphabet[bits & 63] : '=';
	}
	*at = '\0';
	return text;
}

char *
hex_encode(struct slice bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = mem_alloc(bytes.len * 2 + 1);

	for (size_t i = 0; i < bytes.len; i++) {
		text[2 * i] = digits[bytes.ptr[i] >> 4];
		text[2 * i + 1] = digits[bytes.ptr[i] & 15];
	}
	text[2 * bytes.len] = '\0';
	return text;
}

/* A growing buffer with a ceiling. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct buf
buf_with_max(size_t max)
{
	return (struct buf){ .max = max };
}

static void
reserve(struct buf *b, size_t len)
{
	size_t cap = b->cap == 0 ? 64 : b->cap;

	assert(b->len + len <= b->max);
	while (cap < b->len + len + 1)
		cap *= 2;
	if (cap != b->cap) {
		b->ptr = mem_realloc(b->ptr, cap);
		b->cap = cap;
	}
}

int
buf_append(struct buf *b, const void *data, size_t len)
{
	assert(b->len <= b->max);
	if (len > b->max - b->len)
		return -1;
	reserve(b, len);
	if (len > 0)
		memcpy(b->ptr + b->len, data, len);
	b->len += len;
	b->ptr[b->len] = '\0';
	return 0;
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_append(b, s, strlen(s));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int len, r = -1;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len >= 0 && (size_t)len <= b->max - b->len) {
		reserve(b, (size_t)len);
		(void)vsnprintf((char *)b->ptr + b->len, (size_t)len + 1, fmt,
		    again);
		b->len += (size_t)len;
		r = 0;
	}
	va_end(again);
	va_end(ap);
	return r;
}

void
buf_print_cut(struct buf *b, const char *fmt, ...)
{
	AUTO(str) char *text = NULL;
	va_list ap;
	size_t len, room = b->max - b->len;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = mem_strdup("");
	va_end(ap);
	len = strlen(text);
	reserve(b, len < room ? len : room);
	memcpy(b->ptr + b->len, text, len < room ? len : room);
	b->len += len < room ? len : room;
	b->ptr[b->len] = '\0';
}

struct slice
buf_slice(const struct buf *b)
{
	return slice_of(b->ptr, b->len);
}

const char *
buf_text(const struct buf *b)
{
	return b->ptr == NULL ? "" : (const char *)b->ptr;
}

char *
buf_take(struct buf *b)
{
	char *text = b->ptr == NULL ? mem_strdup("") : (char *)b->ptr;

	b->ptr = NULL;
	b->len = 0;
	b->cap = 0;
	return text;
}

void
buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->ptr != NULL)
		b->ptr[len] = '\0';
}

void
buf_reset(struct buf *b)
{
	buf_cut(b, 0);
}

void
buf_clear(struct buf *b)
{
	free(b->ptr);
	b->ptr = NULL;
	b->len = 0;
	b->cap = 0;
}

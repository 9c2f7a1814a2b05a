#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/slice.h"

/*
 * A growing buffer that cannot be made without saying how far it may grow.
 * One byte beyond len is always NUL once something was appended, so that text
 * in it can be read as a string.
 */
struct buf {
	uint8_t *ptr;
	size_t len;
	size_t cap;
	size_t max;
};

/* An empty buffer for at most max bytes.  Nothing is allocated yet. */
struct buf buf_with_max(size_t max);

/* 0, or -1 when max would be passed; the buffer is then as it was. */
int buf_append(struct buf *b, const void *data, size_t len) MUST_CHECK;
int buf_puts(struct buf *b, const char *s) MUST_CHECK;
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3))) MUST_CHECK;

/* As much of the text as fits; for sentences that may be cut. */
void buf_print_cut(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

struct slice buf_slice(const struct buf *b);

/* The text; "" when nothing was appended.  Valid until the next change. */
const char *buf_text(const struct buf *b);

/* Hand the bytes on: the caller frees them, the buffer is empty again. */
char *buf_take(struct buf *b);

/* Keep the first len bytes; there are as many. */
void buf_cut(struct buf *b, size_t len);

/* Forget the contents, keep the memory. */
void buf_reset(struct buf *b);

void buf_clear(struct buf *b);
DEFINE_AUTO_INPLACE(buf, struct buf, buf_clear);

#endif

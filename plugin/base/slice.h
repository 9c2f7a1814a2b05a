#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that somebody else owns.  Not terminated; may hold NULs. */
struct slice {
	const uint8_t *ptr;
	size_t len;
};

static inline struct slice
slice_of(const void *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

static inline struct slice
slice_str(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
slice_is(struct slice a, const char *s)
{
	return slice_equal(a, slice_str(s));
}

static inline bool
slice_has_nul(struct slice a)
{
	return a.len > 0 && memchr(a.ptr, 0, a.len) != NULL;
}

#endif

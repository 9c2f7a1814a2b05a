#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * Allocation never fails: out of memory ends the process, the pull under way
 * fails closed and systemd starts us again.  Limits see to it that it does not
 * come to that.  Free with free().
 */
void *mem_alloc(size_t size) __attribute__((returns_nonnull));
void *mem_calloc(size_t n, size_t size) __attribute__((returns_nonnull));
void *mem_zalloc(size_t size) __attribute__((returns_nonnull));
void *mem_realloc(void *p, size_t size) __attribute__((returns_nonnull));

/* n items of size bytes each; an overflow of the product ends the process. */
void *mem_realloc_array(void *p, size_t n, size_t size)
    __attribute__((returns_nonnull));

char *mem_strdup(const char *s) __attribute__((returns_nonnull));

/* The first len bytes of s and a NUL.  s need not be terminated. */
char *mem_strndup(const char *s, size_t len) __attribute__((returns_nonnull));

/* NULL stays NULL. */
char *mem_strdup_null(const char *s);

#define MEM_NEW(type) ((type *)mem_zalloc(sizeof(type)))

/*
 * Make room for one more item in a growing array: doubles *cap when *n reached
 * it.  The caller has checked *n against its own limit before.
 */
void *mem_grow(void *items, size_t n, size_t *cap, size_t size)
    __attribute__((returns_nonnull));

/*
 * Give jansson and OpenSSL the same rule, so that neither can mistake a failed
 * allocation for bad input.  Call once, before either is used.  (libcurl gets
 * it in http/, when it is started.)
 */
void mem_adopt_libraries(void);

#endif

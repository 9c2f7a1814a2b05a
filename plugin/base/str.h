#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/slice.h"

DEFINE_AUTO(str, char *, free);

/* A new string; the caller frees it. */
char *str_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)))
__attribute__((returns_nonnull));

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Both NULL, or both the same text. */
bool str_equal_null(const char *a, const char *b);

/* Is it well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool str_is_utf8(struct slice s);

/*
 * A copy fit for one line of a log, a terminal or a gRPC status: control bytes
 * and whatever is not UTF-8 become \xNN, newlines \n.  The caller frees it.
 */
char *str_printable(struct slice s) __attribute__((returns_nonnull));

/* A list of owned strings. */
struct str_list {
	char **items;
	size_t n;
	size_t cap;
};

void str_list_add(struct str_list *list, const char *s);

/* Takes s over. */
void str_list_own(struct str_list *list, char *s);
bool str_list_has(const struct str_list *list, const char *s);

/* Add all of them, in their order. */
void str_list_copy(struct str_list *to, const struct str_list *from);

/* Add what is not in the list yet. */
void str_list_merge(struct str_list *list, const struct str_list *more);
void str_list_sort(struct str_list *list);

/* The items with sep between them; the caller frees it. */
char *str_list_join(const struct str_list *list, const char *sep)
    __attribute__((returns_nonnull));
void str_list_clear(struct str_list *list);
DEFINE_AUTO_INPLACE(str_list, struct str_list, str_list_clear);

/* A small ordered map of strings: labels, annotations. */
struct str_pair {
	char *key;
	char *value;
};

struct str_map {
	struct str_pair *items;
	size_t n;
	size_t cap;
};

/* Copies both.  An existing key gets the new value. */
void str_map_set(struct str_map *map, const char *key, const char *value);

/* The same for a key that is new: nothing is looked for. */
void str_map_add(struct str_map *map, const char *key, const char *value);

/* The value, borrowed; NULL if there is none. */
const char *str_map_get(const struct str_map *map, const char *key);

/* Into one that is empty. */
void str_map_copy(struct str_map *to, const struct str_map *from);
void str_map_clear(struct str_map *map);
DEFINE_AUTO_INPLACE(str_map, struct str_map, str_map_clear);

#endif

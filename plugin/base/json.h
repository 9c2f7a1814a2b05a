#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * The one door to jansson.
 *
 * Reading is strict: duplicate members, trailing data, NULs in strings, invalid
 * UTF-8, nesting deeper than JSON_DEPTH_MAX and more than JSON_VALUES_MAX are refused (ERR_MALFORMED,
 * ERR_LIMIT).  Readers may look at a document only after its digest was
 * checked.  All getters accept NULL and give NULL, 0 or false for it, so that a
 * path of them needs one check at its end; all that is got is borrowed from the
 * document.
 */
#define JSON_DEPTH_MAX  64
#define JSON_VALUES_MAX 100000u /* each takes some 200 bytes */

struct json;

/* Parse any JSON value.  The caller owns *ret.  Errors quote nothing of it. */
int json_parse(struct slice text, struct json **ret, struct err *e) MUST_CHECK;
void json_free(struct json *j);
DEFINE_AUTO(json, struct json *, json_free);

bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);
bool json_is_string(const struct json *j);
bool json_is_null(const struct json *j);
bool json_is_yes(const struct json *j); /* true itself */

/* Member of an object; NULL if j is no object or has none of that name. */
const struct json *json_get(const struct json *j, const char *key);

/* The text of a string value; NULL for anything else.  Holds no NUL. */
const char *json_text(const struct json *j);

/* json_text(json_get(j, key)). */
const char *json_get_text(const struct json *j, const char *key);

/* An integer value; false if j is something else.  (json_integer is jansson's.) */
bool json_int(const struct json *j, int64_t *ret);

/* Items of an array, members of an object; 0 for anything else. */
size_t json_count(const struct json *j);
const struct json *json_at(const struct json *array, size_t i);

/* Walk an object: for (it = json_iter(j); it; it = json_next(j, it)) ... */
void *json_iter(const struct json *object);
void *json_next(const struct json *object, void *it);
const char *json_iter_key(void *it);
const struct json *json_iter_value(void *it);

/* Building.  Setters take `value` over; a NULL text becomes null. */
struct json *json_new_object(void) __attribute__((returns_nonnull));
struct json *json_new_array(void) __attribute__((returns_nonnull));
struct json *json_new_text(const char *s);
struct json *json_new_integer(int64_t n);
struct json *json_new_bool(bool b);
void json_set(struct json *object, const char *key, struct json *value);
void json_set_text(struct json *object, const char *key, const char *s);
void json_set_integer(struct json *object, const char *key, int64_t n);
/* Copy the members of `more`, which may be NULL, behind those of object. */
void json_merge(struct json *object, const struct json *more);
void json_add(struct json *array, struct json *value);

/* One line (or, indented, several); members in the order they were set.  The
 * caller frees it. */
char *json_print(const struct json *j, bool indented)
    __attribute__((returns_nonnull));

#endif

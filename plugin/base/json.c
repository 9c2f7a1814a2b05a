/* The one door to jansson: strict reading, plain building. */
#include <assert.h>
#include <jansson.h>

/* jansson has macros of these names; here they are functions. */
#undef json_is_object
#undef json_is_array
#undef json_is_string
#undef json_is_null

#include "base/json.h"
#include "base/str.h"

/* struct json is json_t under a name that does not leak the library. */
static json_t *
raw(const struct json *j)
{
	return (json_t *)(uintptr_t)j;
}

static struct json *
own(json_t *j)
{
	assert(j != NULL);
	return (struct json *)j;
}

/*
 * jansson recurses, and a value takes far more memory than it has letters, so
 * both are bounded before it sees the text.  Brackets inside strings do not count; a text that is no JSON may be counted wrongly
 * and is refused by the parser right after.
 */
static int
check_size(struct slice text, struct err *e)
{
	unsigned depth = 0, values = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			if (++depth > JSON_DEPTH_MAX)
				return err_set(e, ERR_LIMIT,
				    "JSON is nested deeper than %d",
				    JSON_DEPTH_MAX);
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		}
		if (!quoted && (c == ',' || c == '[' || c == '{') &&
		    ++values > JSON_VALUES_MAX)
			return err_set(e, ERR_LIMIT,
			    "JSON has more than %u values", JSON_VALUES_MAX);
	}
	return 0;
}

/*
 * jansson ends its messages with " near '...'" and the document's own words.
 * Documents hold tokens and passwords: their words go into no error.
 */
static int
not_json(const json_error_t *error, struct err *e)
{
	const char *near = strstr(error->text, " near ");
	size_t len =
	    near == NULL ? strlen(error->text) : (size_t)(near - error->text);

	return err_set(e, ERR_MALFORMED, "no valid JSON: line %d: %.*s",
	    error->line, (int)len, error->text);
}

int
json_parse(struct slice text, struct json **ret, struct err *e)
{
	json_error_t error;
	json_t *j;

	if (check_size(text, e) < 0)
		return -1;
	j = json_loadb(text.len == 0 ? "" : (const char *)text.ptr, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (j == NULL)
		return not_json(&error, e);
	*ret = own(j);
	return 0;
}

void
json_free(struct json *j)
{
	json_decref(raw(j));
}

bool
json_is_object(const struct json *j)
{
	return j != NULL && json_typeof(raw(j)) == JSON_OBJECT;
}

bool
json_is_array(const struct json *j)
{
	return j != NULL && json_typeof(raw(j)) == JSON_ARRAY;
}

bool
json_is_string(const struct json *j)
{
	return j != NULL && json_typeof(raw(j)) == JSON_STRING;
}

bool
json_is_null(const struct json *j)
{
	return j != NULL && json_typeof(raw(j)) == JSON_NULL;
}

bool
json_is_yes(const struct json *j)
{
	return j != NULL && json_typeof(raw(j)) == JSON_TRUE;
}

const struct json *
json_get(const struct json *j, const char *key)
{
	return (const struct json *)json_object_get(raw(j), key);
}

const char *
json_text(const struct json *j)
{
	return json_string_value(raw(j));
}

const char *
json_get_text(const struct json *j, const char *key)
{
	return json_text(json_get(j, key));
}

bool
json_int(const struct json *j, int64_t *ret)
{
	if (j == NULL || json_typeof(raw(j)) != JSON_INTEGER)
		return false;
	*ret = json_integer_value(raw(j));
	return true;
}

size_t
json_count(const struct json *j)
{
	return json_is_object(j) ? json_object_size(raw(j))
				 : json_array_size(raw(j));
}

const struct json *
json_at(const struct json *array, size_t i)
{
	return (const struct json *)json_array_get(raw(array), i);
}

void *
json_iter(const struct json *object)
{
	return json_object_iter(raw(object));
}

void *
json_next(const struct json *object, void *it)
{
	return json_object_iter_next(raw(object), it);
}

const char *
json_iter_key(void *it)
{
	return json_object_iter_key(it);
}

const struct json *
json_iter_value(void *it)
{
	return (const struct json *)json_object_iter_value(it);
}

struct json *
json_new_object(void)
{
	return own(json_object());
}

struct json *
json_new_array(void)
{
	return own(json_array());
}

/* Text that is not UTF-8 cannot stand in JSON: it is made printable first. */
struct json *
json_new_text(const char *s)
{
	AUTO(str) char *clean = NULL;

	if (s == NULL)
		return own(json_null());
	if (str_is_utf8(slice_str(s)))
		return own(json_string(s));
	clean = str_printable(slice_str(s));
	return own(json_string(clean));
}

struct json *
json_new_integer(int64_t n)
{
	return own(json_integer(n));
}

struct json *
json_new_bool(bool b)
{
	return own(json_boolean(b));
}

void
json_set(struct json *object, const char *key, struct json *value)
{
	int r = json_object_set_new_nocheck(raw(object), key, raw(value));

	assert(r == 0);
	(void)r;
}

void
json_set_text(struct json *object, const char *key, const char *s)
{
	json_set(object, key, json_new_text(s));
}

void
json_set_integer(struct json *object, const char *key, int64_t n)
{
	json_set(object, key, json_new_integer(n));
}

void
json_merge(struct json *object, const struct json *more)
{
	if (more != NULL)
		(void)json_object_update(raw(object), raw(more));
}

void
json_add(struct json *array, struct json *value)
{
	int r = json_array_append_new(raw(array), raw(value));

	assert(r == 0);
	(void)r;
}

char *
json_print(const struct json *j, bool indented)
{
	size_t flags = indented ? JSON_INDENT(2) : JSON_COMPACT;
	char *text = json_dumps(raw(j), flags | JSON_ENCODE_ANY);

	assert(text != NULL);
	return text;
}

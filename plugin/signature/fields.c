/* Members of bundles. */
#include "signature/fields.h"

#include <string.h>

#include "base/base64.h"

int
field_bytes(const struct json *object, const char *name, struct buf *ret,
    struct err *e)
{
	const char *text = json_get_text(object, name);

	if (text == NULL || text[0] == '\0')
		return err_set(e, ERR_MALFORMED, "%s is missing", name);
	if (base64_decode(slice_str(text), ret, e) < 0)
		return err_wrap(e, "%s", name);
	return 0;
}

static bool
read_decimal(const char *text, int64_t *ret)
{
	size_t len = strspn(text, "0123456789");

	*ret = 0;
	if (len == 0 || len > 18 || text[len] != '\0')
		return false;
	for (; *text != '\0'; text++)
		*ret = *ret * 10 + (*text - '0');
	return true;
}

int
field_int64(const struct json *object, const char *name, int64_t *ret,
    struct err *e)
{
	const struct json *value = json_get(object, name);
	const char *text = json_text(value);

	*ret = 0;
	if (value == NULL || json_is_null(value))
		return 0;
	if (text != NULL ? !read_decimal(text, ret)
			 : !json_int(value, ret) || *ret < 0)
		return err_set(e, ERR_MALFORMED, "%s is no number", name);
	return 0;
}

int
field_list(const struct json *object, const char *name, size_t max,
    const struct json **ret, size_t *n, struct err *e)
{
	*ret = json_get(object, name);
	*n = json_count(*ret);
	if (*ret == NULL || json_is_null(*ret))
		return 0;
	if (!json_is_array(*ret))
		return err_set(e, ERR_MALFORMED, "%s is no list", name);
	if (*n > max)
		return err_set(e, ERR_LIMIT, "%s has more than %zu items", name,
		    max);
	return 0;
}

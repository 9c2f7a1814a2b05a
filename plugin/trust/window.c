/* Windows of time. */
#include "trust/window.h"

void
when_text(when t, char ret[WHEN_TEXT_MAX])
{
	rfc3339_text(t, ret);
}

int
window_read(const struct json *j, struct window *ret, struct err *e)
{
	const char *start = json_get_text(j, "start");
	const struct json *end = json_get(j, "end");

	*ret = WINDOW_ALWAYS;
	if (start == NULL)
		return err_set(e, ERR_MALFORMED, "validFor has no start");
	if (rfc3339_parse(start, &ret->start_ms, e) < 0)
		return err_wrap(e, "validFor.start");
	if (end == NULL || json_is_null(end))
		return 0;
	if (json_text(end) == NULL ||
	    rfc3339_parse(json_text(end), &ret->end_ms, e) < 0)
		return err_set(e, ERR_MALFORMED,
		    "validFor.end: no RFC 3339 time");
	return 0;
}

bool
window_has(const struct window *w, when t)
{
	/* Times that no window in use has; the product below is safe. */
	if (t < -(INT64_C(1) << 40) || t > INT64_C(1) << 40)
		return false;
	return t * 1000 + 999 >= w->start_ms && t * 1000 <= w->end_ms;
}

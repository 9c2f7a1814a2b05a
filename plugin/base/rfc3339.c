/* Times as RFC 3339 writes them. */
#include "base/rfc3339.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool
take_number(const char **at, size_t digits, int *ret)
{
	*ret = 0;
	for (size_t i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*ret = *ret * 10 + (**at - '0');
	}
	return true;
}

static bool
take(const char **at, char c)
{
	return *(*at)++ == c;
}

static bool
take_date(const char **at, struct tm *tm)
{
	return take_number(at, 4, &tm->tm_year) && take(at, '-') &&
	       take_number(at, 2, &tm->tm_mon) && take(at, '-') &&
	       take_number(at, 2, &tm->tm_mday) &&
	       (take(at, 'T') || (*at)[-1] == 't') &&
	       take_number(at, 2, &tm->tm_hour) && take(at, ':') &&
	       take_number(at, 2, &tm->tm_min) && take(at, ':') &&
	       take_number(at, 2, &tm->tm_sec);
}

/* ".999"; what is finer than a millisecond is cut. */
static bool
take_fraction(const char **at, int *ret_ms)
{
	size_t digits = 0;

	*ret_ms = 0;
	if (**at != '.')
		return true;
	for ((*at)++; **at >= '0' && **at <= '9'; (*at)++, digits++)
		if (digits < 3)
			*ret_ms = *ret_ms * 10 + (**at - '0');
	for (size_t i = digits; i < 3; i++)
		*ret_ms *= 10;
	return digits > 0 && digits <= 9;
}

static bool
take_offset(const char **at, int *ret_minutes)
{
	int sign = **at == '-' ? -1 : 1, hours = 0, minutes = 0;

	*ret_minutes = 0;
	if (**at == 'Z' || **at == 'z') {
		(*at)++;
		return true;
	}
	if (*(*at)++ != (sign < 0 ? '-' : '+') || !take_number(at, 2, &hours) ||
	    !take(at, ':') || !take_number(at, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*ret_minutes = sign * (hours * 60 + minutes);
	return true;
}

/* timegm() would make the second of March of the thirtieth of February. */
static bool
is_date(const struct tm *tm, time_t t)
{
	struct tm again;

	return gmtime_r(&t, &again) != NULL && again.tm_mday == tm->tm_mday &&
	       again.tm_mon == tm->tm_mon && again.tm_hour == tm->tm_hour &&
	       again.tm_min == tm->tm_min && again.tm_sec == tm->tm_sec;
}

int
rfc3339_parse(const char *text, int64_t *ret_ms, struct err *e)
{
	struct tm tm = { 0 }, copy;
	const char *at = text;
	int fraction = 0, offset = 0;
	time_t t;

	/* A date has 19 characters; none before them may be its NUL. */
	if (strlen(text) < 20 || !take_date(&at, &tm) ||
	    !take_fraction(&at, &fraction) || !take_offset(&at, &offset) ||
	    *at != '\0')
		return err_set(e, ERR_MALFORMED, "no RFC 3339 time");
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	copy = tm;
	t = timegm(&copy);
	if (!is_date(&tm, t))
		return err_set(e, ERR_MALFORMED, "no RFC 3339 time");
	*ret_ms = ((int64_t)t - offset * 60) * 1000 + fraction;
	return 0;
}

void
rfc3339_text(int64_t seconds, char ret[RFC3339_TEXT_MAX])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(ret, RFC3339_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(ret, RFC3339_TEXT_MAX, "%lld",
		    (long long)seconds);
}

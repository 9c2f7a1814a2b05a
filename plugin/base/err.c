/* Errors: a code from one list and a message, on the caller's stack. */
#include "base/err.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
	enum err_kind kind;
	const char *name;
} codes[ERR_CODE_COUNT] = { [ERR_NONE] = { ERR_KIND_NONE, "none" },
#define ERR_ROW(code, kind, name) [code] = { ERR_##kind, name },
	ERR_CODES(ERR_ROW)
#undef ERR_ROW
};

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	assert(code > ERR_NONE && code < ERR_CODE_COUNT);
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[ERR_MSG_MAX];
	va_list ap;
	size_t len;

	memcpy(inner, e->msg, sizeof(inner));
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	(void)snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", inner);
	return -1;
}

int
err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	e->code = ERR_SYSTEM;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	(void)snprintf(e->msg + len, sizeof(e->msg) - len, ": %s",
	    strerrordesc_np(errnum));
	return -1;
}

const char *
err_name(enum err_code code)
{
	assert(code < ERR_CODE_COUNT);
	return codes[code].name;
}

enum err_kind
err_kind_of(enum err_code code)
{
	assert(code < ERR_CODE_COUNT);
	return codes[code].kind;
}

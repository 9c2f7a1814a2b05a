/* Complaints about files that people wrote. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

#define MESSAGE_MAX 1024

/* "file:line:column: kind: message" */
static char *
compose(struct diag_pos pos, const char *kind, const char *fmt, va_list ap)
{
	char message[MESSAGE_MAX];
	AUTO(str) char *clean = NULL;

	(void)vsnprintf(message, sizeof(message), fmt, ap);
	clean = str_printable(slice_str(message));
	if (pos.line == 0)
		return str_printf("%s: %s%s", pos.file, kind, clean);
	return str_printf("%s:%u:%u: %s%s", pos.file, pos.line, pos.column,
	    kind, clean);
}

int
diag_add(struct diag *d, struct diag_pos pos, const char *fmt, ...)
{
	va_list ap;

	if (d->n == DIAG_MAX) {
		d->dropped++;
		return -1;
	}
	va_start(ap, fmt);
	d->items = mem_grow(d->items, d->n, &d->cap, sizeof(*d->items));
	d->items[d->n++] = compose(pos, "", fmt, ap);
	va_end(ap);
	return -1;
}

static void
remark(struct diag *d, struct diag_pos pos, const char *kind, const char *fmt,
    va_list ap)
{
	if (d->nremarks == DIAG_MAX) {
		d->remarks_dropped++;
		return;
	}
	d->remarks = mem_grow(d->remarks, d->nremarks, &d->remarks_cap,
	    sizeof(*d->remarks));
	d->remarks[d->nremarks++] = compose(pos, kind, fmt, ap);
}

void
diag_warn(struct diag *d, struct diag_pos pos, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	remark(d, pos, "warning: ", fmt, ap);
	va_end(ap);
}

void
diag_note(struct diag *d, struct diag_pos pos, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	remark(d, pos, "note: ", fmt, ap);
	va_end(ap);
}

void
diag_clear(struct diag *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->items[i]);
	for (size_t i = 0; i < d->nremarks; i++)
		free(d->remarks[i]);
	free(d->items);
	free(d->remarks);
	*d = (struct diag){ 0 };
}

/* Complaints about files that people wrote. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define MESSAGE_MAX 1024

const char *
diag_file(struct diag *d, const char *name)
{
	for (size_t i = 0; i < d->nfiles; i++)
		if (strcmp(d->files[i], name) == 0)
			return d->files[i];
	d->files =
	    mem_grow(d->files, d->nfiles, &d->files_cap, sizeof(*d->files));
	d->files[d->nfiles] = mem_strdup(name);
	return d->files[d->nfiles++];
}

static char *
with_position(struct diag_pos pos, const char *message)
{
	if (pos.line == 0)
		return str_printf("%s: %s", pos.file, message);
	return str_printf("%s:%u:%u: %s", pos.file, pos.line, pos.column,
	    message);
}

int
diag_add(struct diag *d, struct diag_pos pos, const char *fmt, ...)
{
	AUTO(str) char *clean = NULL;
	char message[MESSAGE_MAX];
	va_list ap;

	if (d->n == DIAG_MAX) {
		d->dropped++;
		return -1;
	}
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	clean = str_printable(slice_str(message));
	d->items = mem_grow(d->items, d->n, &d->cap, sizeof(*d->items));
	d->items[d->n++] = with_position(pos, clean);
	return -1;
}

void
diag_clear(struct diag *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->items[i]);
	for (size_t i = 0; i < d->nfiles; i++)
		free(d->files[i]);
	free(d->items);
	free(d->files);
	*d = (struct diag){ 0 };
}

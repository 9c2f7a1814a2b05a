/* PEM blocks. */
#include "trust/pem.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/str.h"

#define BEGIN     "-----BEGIN "
#define DASHES    "-----"
#define BLOCK_MAX (1u << 20)
#define NAME_MAX_ 64

static const uint8_t *
find(struct slice text, const char *what)
{
	return memmem(text.ptr, text.len, what, strlen(what));
}

static struct slice
behind(struct slice text, const uint8_t *at)
{
	return slice_of(at, (size_t)(text.ptr + text.len - at));
}

/* Base64 in lines; anything else, headers too, is no base64. */
static int
decode(struct slice lines, struct slice *ret, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(BLOCK_MAX);
	AUTO(buf) struct buf der = buf_with_max(BLOCK_MAX);
	size_t len;

	for (size_t i = 0; i < lines.len; i++)
		if (lines.ptr[i] == '\0' ||
		    (strchr(" \t\r\n", lines.ptr[i]) == NULL &&
			buf_append(&text, &lines.ptr[i], 1) < 0))
			return err_set(e, ERR_MALFORMED, "broken PEM block");
	if (base64_decode(buf_slice(&text), &der, e) < 0 || der.len == 0)
		return err_set(e, ERR_MALFORMED, "broken PEM block");
	len = der.len;
	*ret = slice_of(buf_take(&der), len);
	return 0;
}

int
pem_next(struct slice *at, struct pem_block *ret, struct err *e)
{
	const uint8_t *begin = find(*at, BEGIN), *name, *name_end, *end;
	AUTO(str) char *end_line = NULL;
	struct slice rest;

	*ret = (struct pem_block){ 0 };
	if (begin == NULL)
		return 0;
	name = begin + strlen(BEGIN);
	name_end = find(behind(*at, name), DASHES);
	if (name_end == NULL || name_end - name > NAME_MAX_)
		return err_set(e, ERR_MALFORMED, "PEM block without an end");
	ret->name = mem_strndup((const char *)name, (size_t)(name_end - name));
	end_line = str_printf("-----END %s-----", ret->name);
	rest = behind(*at, name_end + strlen(DASHES));
	end = find(rest, end_line);
	if (end == NULL)
		return err_set(e, ERR_MALFORMED, "PEM block without an end");
	*at = behind(*at, end + strlen(end_line));
	if (decode(slice_of(rest.ptr, (size_t)(end - rest.ptr)), &ret->der, e) <
	    0)
		return -1;
	return 1;
}

void
pem_block_clear(struct pem_block *b)
{
	free(b->name);
	free((void *)(uintptr_t)b->der.ptr);
	*b = (struct pem_block){ 0 };
}

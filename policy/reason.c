/* The one reason out of many that people are told. */
#include "policy/reason.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How near a signature came to being accepted, nearest first. */
static size_t
rank(enum err_code code)
{
	static const enum err_code order[] = { ERR_ANNOTATION, ERR_OTHER_IMAGE,
		ERR_WRONG_TYPE, ERR_MALFORMED, ERR_UNSUPPORTED };
	size_t i = 0;

	while (i < COUNT_OF(order) && order[i] != code)
		i++;
	return code == ERR_BAD_SIGNATURE ? i + 1 : i;
}

static int
compare(const struct reason *held, enum err_code code, const char *text)
{
	size_t a = rank(held->code), b = rank(code);

	if (a != b)
		return a < b ? -1 : 1;
	return strcmp(held->text, text);
}

void
reason_offer(struct reason *r, enum err_code code, const char *text)
{
	assert(code != ERR_NONE && text != NULL);
	if (r->code != ERR_NONE && compare(r, code, text) <= 0)
		return;
	free(r->text);
	*r = (struct reason){ code, mem_strdup(text) };
}

void
reason_clear(struct reason *r)
{
	free(r->text);
	*r = (struct reason){ 0 };
}

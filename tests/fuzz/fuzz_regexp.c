/* Any bytes as a regular expression and a text: it compiles or is complained
 * of, and a search ends soon. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/regexp.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(regexp) struct regexp *whole = NULL;
	AUTO(regexp) struct regexp *part = NULL;
	AUTO(str) char *pattern = NULL;
	AUTO(str) char *text = NULL;
	const uint8_t *half = memchr(data, '\n', size);
	struct err e = { 0 };
	size_t len;

	if (half == NULL)
		return 0;
	len = (size_t)(half - data);
	pattern = mem_strndup((const char *)data, len);
	text = mem_strndup((const char *)half + 1, size - len - 1);
	(void)regexp_is_anchored(pattern);
	if (regexp_new(pattern, true, &whole, &e) < 0) {
		if (e.code == ERR_NONE)
			abort();
		return 0;
	}
	if (regexp_new(pattern, false, &part, &e) < 0)
		abort();
	(void)regexp_matches(whole, text);
	(void)regexp_matches(part, text);
	return 0;
}

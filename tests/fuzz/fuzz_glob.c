/*
 * Wildcards of every dialect on any text: they end soon, and agree with each
 * other where they mean the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policy/glob.h"
#include "policy/operators.h"
#include "policy/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every check either complains or does not; a complaint is freed. */
static void
check(const char *pattern)
{
	free(pattern_check_image(pattern));
	free(pattern_check_kyverno(pattern));
	free(pattern_check_sigstore(pattern));
	free(pattern_check_scope(pattern));
	free(operators_check(pattern));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(str) char *pattern = NULL;
	AUTO(str) char *text = NULL;
	const uint8_t *half = memchr(data, '\n', size);
	struct names names = { 0 };
	size_t len;

	if (half == NULL)
		return 0;
	len = (size_t)(half - data);
	pattern = mem_strndup((const char *)data, len);
	text = mem_strndup((const char *)half + 1, size - len - 1);
	names.items[0] = text;
	names.n = names.certain = 1;
	check(pattern);
	/* What stays inside of segments also matches across them. */
	if (glob_match(pattern, text) && !wildcard_match(pattern, text))
		abort();
	/* A text matches itself, and the wildcard everything. */
	if (strpbrk(text, "*?") == NULL &&
	    (!glob_match(text, text) || !wildcard_match(text, text)))
		abort();
	if (!glob_match("**", text) || !wildcard_match("*", text))
		abort();
	(void)scope_match(pattern, text);
	(void)operators_hold(pattern, text, &names);
	return 0;
}

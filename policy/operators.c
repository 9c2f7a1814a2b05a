/* Kyverno's string operators. */
#include "policy/operators.h"

#include <string.h>

#include "base/mem.h"
#include "base/slice.h"
#include "policy/glob.h"

#define PATTERN_MAX 4096

/* The next part of *at, up to sep, without white space around it; *at moves on
 * and is NULL behind the last part. */
static char *
next_part(const char **at, char sep)
{
	const char *begin = *at, *end = strchr(begin, sep);
	size_t len = end == NULL ? strlen(begin) : (size_t)(end - begin);

	*at = end == NULL ? NULL : end + 1;
	for (; len > 0 && strchr(" \t", begin[0]) != NULL; len--)
		begin++;
	while (len > 0 && strchr(" \t", begin[len - 1]) != NULL)
		len--;
	return mem_strndup(begin, len);
}

static char *
check_term(const char *term)
{
	if (strpbrk(term, "<>") == term)
		return str_printf(
		    "\"%s\" compares numbers, and an image is none", term);
	if (strstr(term, "{{") != NULL || strstr(term, "$(") != NULL)
		return str_printf("\"%s\" has a variable, which is not known "
				  "at pull time",
		    term);
	if (strcspn(term, " \t") < strlen(term))
		return str_printf("\"%s\" has white space, and no image has",
		    term);
	return NULL;
}

char *
operators_check(const char *pattern)
{
	const char *any = pattern;

	if (strlen(pattern) > PATTERN_MAX)
		return str_printf("a pattern may have %d characters",
		    PATTERN_MAX);
	while (any != NULL) {
		AUTO(str) char *alternative = next_part(&any, '|');
		const char *all = alternative;

		while (all != NULL) {
			AUTO(str) char *term = next_part(&all, '&');
			char *complaint = check_term(term);

			if (complaint != NULL)
				return complaint;
		}
	}
	return NULL;
}

static bool
any_spelling_is(const char *pattern, const struct names *spellings)
{
	for (size_t i = 0; i < spellings->n; i++)
		if (wildcard_match(pattern, spellings->items[i]))
			return true;
	return false;
}

static bool
term_holds(const char *term, const char *written, const struct names *spellings)
{
	if (term[0] != '!')
		return wildcard_match(term, written);
	term += 1 + strspn(term + 1, " \t");
	return !wildcard_match(term, written) &&
	       !any_spelling_is(term, spellings);
}

static bool
all_hold(const char *terms, const char *written, const struct names *spellings)
{
	while (terms != NULL) {
		AUTO(str) char *term = next_part(&terms, '&');

		if (!term_holds(term, written, spellings))
			return false;
	}
	return true;
}

bool
operators_hold(const char *pattern, const char *written,
    const struct names *spellings)
{
	while (pattern != NULL) {
		AUTO(str) char *alternative = next_part(&pattern, '|');

		if (all_hold(alternative, written, spellings))
			return true;
	}
	return false;
}

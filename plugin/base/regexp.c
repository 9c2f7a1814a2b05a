/* Regular expressions, bounded. */
#include "base/regexp.h"

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"
#include "base/str.h"

#define STEPS_MAX     100000u
#define DEPTH_MAX     1000u
#define HEAP_KIB_MAX  1024u
#define COMPILED_MAX  (256u << 10)
#define PARENS_MAX    100u
#define MESSAGE_BYTES 128

struct regexp {
	pcre2_code *code;
	pcre2_match_context *limits;
};

/* What Perl has and Go has not, as it begins; a match would mean something that
 * the policy's author never saw. */
static const char *const only_perl[] = { "(?=", "(?!", "(?<=", "(?<!", "(?>",
	"(?|", "(?(", "(?&", "(?P>", "(?P=", "(?#", "(?R", "(?C", "(?+", "(?-1",
	"(*" };

/* A letter behind a backslash that Go takes: classes, anchors, literals. */
static bool
is_known_escape(char c)
{
	return strchr("AbBzdDsSwWaftnrvxpPQE", c) != NULL ||
	       strchr("\\.+*?()|[]{}^$-/:@_#&~%,;=!<> \"'`", c) != NULL;
}

static const char *
unknown_construct(const char *at)
{
	if (at[0] == '\\')
		return is_known_escape(at[1]) && at[1] != '\0'
			   ? NULL
			   : "an escape that Go's regexp has not";
	for (size_t i = 0; i < COUNT_OF(only_perl); i++)
		if (str_starts(at, only_perl[i]))
			return "a construct that Go's regexp has not";
	if (strchr("*+?}", at[0]) != NULL && at[0] != '\0' && at[1] == '+')
		return "a possessive repetition, which Go's regexp has not";
	return NULL;
}

static int
check_syntax(const char *pattern, struct err *e)
{
	for (const char *at = pattern; *at != '\0'; at++) {
		const char *complaint = unknown_construct(at);

		if (complaint != NULL)
			return err_set(e, ERR_CONFIG, "%s: \"%.*s\"", complaint,
			    4, at);
		if (*at == '\\')
			at++;
	}
	return 0;
}

static pcre2_code *
compile(const char *pattern, bool whole, struct err *e)
{
	uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
			   PCRE2_UTF | PCRE2_NO_AUTO_CAPTURE;
	pcre2_compile_context *c = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR text[MESSAGE_BYTES];
	pcre2_code *code;
	PCRE2_SIZE at;
	int why;

	if (c == NULL)
		abort();
	(void)pcre2_set_parens_nest_limit(c, PARENS_MAX);
	if (whole)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    options, &why, &at, c);
	pcre2_compile_context_free(c);
	if (code != NULL)
		return code;
	(void)pcre2_get_error_message(why, text, sizeof(text));
	(void)err_set(e, ERR_CONFIG, "%s, at character %zu", (const char *)text,
	    at + 1);
	return NULL;
}

int
regexp_new(const char *pattern, bool whole, struct regexp **ret, struct err *e)
{
	AUTO(regexp) struct regexp *r = NULL;
	size_t size = 0;

	if (strlen(pattern) > REGEXP_LEN_MAX)
		return err_set(e, ERR_CONFIG, "longer than %d characters",
		    REGEXP_LEN_MAX);
	if (check_syntax(pattern, e) < 0)
		return -1;
	r = MEM_NEW(struct regexp);
	r->code = compile(pattern, whole, e);
	if (r->code == NULL)
		return -1;
	if (pcre2_pattern_info(r->code, PCRE2_INFO_SIZE, &size) != 0 ||
	    size > COMPILED_MAX)
		return err_set(e, ERR_CONFIG, "too large once compiled");
	r->limits = pcre2_match_context_create(NULL);
	if (r->limits == NULL)
		abort();
	(void)pcre2_set_match_limit(r->limits, STEPS_MAX);
	(void)pcre2_set_depth_limit(r->limits, DEPTH_MAX);
	(void)pcre2_set_heap_limit(r->limits, HEAP_KIB_MAX);
	*ret = TAKE(r);
	return 0;
}

bool
regexp_matches(const struct regexp *r, const char *text)
{
	size_t len = strlen(text);
	pcre2_match_data *found;
	int n;

	if (len > REGEXP_TEXT_MAX)
		return false;
	found = pcre2_match_data_create(1, NULL);
	if (found == NULL)
		abort();
	n = pcre2_match(r->code, (PCRE2_SPTR)text, len, 0, 0, found, r->limits);
	pcre2_match_data_free(found);
	return n >= 0;
}

/* Is there a '|' outside of all parentheses? */
static bool
has_alternatives(const char *pattern)
{
	int depth = 0;
	bool in_class = false;

	for (const char *at = pattern; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (in_class)
			in_class = *at != ']';
		else if (*at == '[')
			in_class = true;
		else if (*at == '(')
			depth++;
		else if (*at == ')')
			depth--;
		else if (*at == '|' && depth == 0)
			return true;
	}
	return false;
}

bool
regexp_is_anchored(const char *pattern)
{
	size_t len = strlen(pattern);
	bool begins = str_starts(pattern, "^") || str_starts(pattern, "\\A");
	bool ends =
	    str_ends(pattern, "\\z") ||
	    (len > 1 && pattern[len - 1] == '$' && pattern[len - 2] != '\\');

	return begins && ends && !has_alternatives(pattern);
}

void
regexp_free(struct regexp *r)
{
	if (r == NULL)
		return;
	pcre2_code_free(r->code);
	pcre2_match_context_free(r->limits);
	free(r);
}

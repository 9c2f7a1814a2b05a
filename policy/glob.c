/* Wildcards over names with slashes: ours, and those of the imported kinds. */
#include "policy/glob.h"

#include <stddef.h>
#include <string.h>

/* A wildcard that was passed: what follows it, and how far it reaches now. */
struct wildcard {
	const char *pattern; /* NULL: there is none */
	const char *text;
};

/*
 * What followed the wildcards did not fit: let one of them reach further.
 *
 * Only the last '*' matters, since the earliest place for what stands between
 * two of them leaves the later one every choice.  When it has come to the end
 * of its segment, no other start of the '**' before it inside the same segment
 * could do better either, so that one goes on to the next slash at once: this
 * keeps the whole search within strlen(pattern) * strlen(text).
 */
static bool
reach_further(struct wildcard *star, struct wildcard *deep, const char **p,
    const char **t)
{
	if (star->pattern != NULL && *star->text != '/') {
		*p = star->pattern;
		*t = ++star->text;
		return true;
	}
	if (deep->pattern == NULL)
		return false;
	deep->text = star->pattern == NULL ? deep->text + 1
					   : strchr(deep->text + 1, '/');
	star->pattern = NULL;
	if (deep->text == NULL)
		return false;
	*p = deep->pattern;
	*t = deep->text;
	return true;
}

static bool
fits(char pattern, char text)
{
	return pattern == '?' ? text != '/' : pattern == text;
}

bool
glob_match(const char *pattern, const char *text)
{
	struct wildcard star = { NULL, NULL }, deep = { NULL, NULL };
	const char *p = pattern, *t = text;

	while (*t != '\0') {
		size_t stars = strspn(p, "*");

		p += stars;
		if (stars == 1) {
			star = (struct wildcard){ p, t };
		} else if (stars > 1) {
			deep = (struct wildcard){ p, t };
			star.pattern = NULL;
		} else if (fits(*p, *t)) {
			p++;
			t++;
		} else if (!reach_further(&star, &deep, &p, &t)) {
			return false;
		}
	}
	return p[strspn(p, "*")] == '\0';
}

bool
wildcard_match(const char *pattern, const char *text)
{
	const char *p = pattern, *t = text;
	struct wildcard star = { NULL, NULL };

	while (*t != '\0') {
		if (*p == '*') {
			star = (struct wildcard){ ++p, t };
		} else if (*p == '?' || *p == *t) {
			p++;
			t++;
		} else if (star.pattern != NULL) {
			p = star.pattern;
			t = ++star.text;
		} else {
			return false;
		}
	}
	return p[strspn(p, "*")] == '\0';
}

/* ".example.com" ends the host, port and all. */
static bool
host_ends(const char *text, const char *suffix)
{
	size_t host = strcspn(text, "/"), len = strlen(suffix);

	return host > len && strncmp(text + host - len, suffix, len) == 0;
}

bool
scope_match(const char *scope, const char *text)
{
	size_t len = strlen(scope);
	bool is_host = strchr(scope, '/') == NULL;

	if (len == 0)
		return true;
	if (strncmp(scope, "*.", 2) == 0)
		return host_ends(text, scope + 1);
	if (strncmp(text, scope, len) != 0)
		return false;
	return text[len] == '\0' ||
	       strchr(is_host ? "/" : "/:@", text[len]) != NULL;
}

/* Wildcards that can never match, and what was meant. */
#include "policy/pattern.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define WILD   "*?"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* What each kind of name is made of. */
#define IN_TAG       LOWER UPPER DIGITS "_.-"
#define IN_NAMESPACE LOWER DIGITS "-"
#define IN_REFERENCE IN_TAG "/:@[]"

static char *
check_characters(const char *glob, const char *known)
{
	size_t len = strlen(glob), fine;

	if (len == 0)
		return mem_strdup("a pattern must not be empty");
	if (len > PATTERN_LEN_MAX)
		return str_printf("a pattern may have %d characters, not %zu",
		    PATTERN_LEN_MAX, len);
	fine = strspn(glob, known);
	if (glob[fine] == ' ' || glob[fine] == '\t')
		return mem_strdup("a pattern must not contain white space");
	if (fine < len)
		return str_printf("\"%.*s\" can match nothing: no such name "
				  "contains '%.1s'",
		    PATTERN_LEN_MAX, glob,
		    (unsigned char)glob[fine] < 0x80 ? glob + fine : "?");
	return NULL;
}

char *
pattern_check_kyverno(const char *wildcard)
{
	if (strstr(wildcard, "{{") != NULL)
		return mem_strdup("a variable is not known at pull time");
	return check_characters(wildcard, IN_REFERENCE WILD);
}

char *
pattern_check_sigstore(const char *glob)
{
	return check_characters(glob, IN_TAG "/:@*");
}

char *
pattern_check_scope(const char *scope)
{
	if (strchr(scope, '*') != NULL && !str_starts(scope, "*."))
		return str_printf("scope \"%.100s\": a '*' can only stand for "
				  "what is before a domain, as in "
				  "\"*.example.com\"",
		    scope);
	return check_characters(scope, IN_REFERENCE "*");
}

char *
pattern_check_namespace(const char *glob)
{
	return check_characters(glob, IN_NAMESPACE WILD);
}

char *
pattern_check_pod(const char *glob)
{
	return check_characters(glob, IN_NAMESPACE "." WILD);
}

char *
pattern_check_tag(const char *glob)
{
	return check_characters(glob, IN_TAG WILD);
}

static char *
instead(const char *glob, const char *why, const char *prefix,
    const char *suffix)
{
	return str_printf("\"%s\" can match nothing: %s; write \"%s%s%s\"",
	    glob, why, prefix, glob, suffix);
}

/* The name is what stands before a tag or a digest. */
static size_t
name_len(const char *glob)
{
	const char *slash = strrchr(glob, '/');
	const char *name = slash == NULL ? glob : slash;

	return (size_t)(name - glob) + strcspn(name, ":@");
}

/* "nginx", "registry.example.com", "*": a pattern without a slash. */
static char *
explain_no_slash(const char *glob)
{
	static const char why[] = "a normalised name has a registry and a '/'";

	if (strcmp(glob, "*") == 0)
		return str_printf("\"*\" can match nothing: %s; write \"**\"",
		    why);
	if (memchr(glob, '.', strcspn(glob, ":@*")) != NULL)
		return instead(glob, why, "", "/**");
	return instead(glob, why, "docker.io/library/", "");
}

/* Could what stands before the first slash be a registry's host? */
static bool
may_be_host(const char *glob, size_t len)
{
	return strcspn(glob, ".:" WILD) < len ||
	       (len == strlen("localhost") &&
		   strncmp(glob, "localhost", len) == 0);
}

static char *
check_registry(const char *glob)
{
	size_t host = strcspn(glob, "/");
	const char *path = glob + host;

	if (path[0] == '\0')
		return str_starts(glob, "**") ? NULL : explain_no_slash(glob);
	if (!may_be_host(glob, host))
		return instead(glob, "a normalised name begins with a registry",
		    "docker.io/", "");
	if (str_starts(glob, "index.docker.io/"))
		return str_printf("\"%s\" can match nothing: the registry is "
				  "named docker.io; write \"docker.io%s\"",
		    glob, path);
	if (str_starts(glob, "docker.io/") && strchr(path + 1, '/') == NULL &&
	    strstr(path, "**") == NULL)
		return str_printf("\"%s\" can match nothing: official images "
				  "are in docker.io/library; write "
				  "\"docker.io/library%s\"",
		    glob, path);
	return NULL;
}

char *
pattern_check_image(const char *glob)
{
	char *complaint = check_characters(glob, IN_REFERENCE WILD);

	if (complaint != NULL)
		return complaint;
	if (strcspn(glob, UPPER) < name_len(glob))
		return str_printf("\"%s\" can match nothing: names of images "
				  "have no upper-case letters",
		    glob);
	return check_registry(glob);
}

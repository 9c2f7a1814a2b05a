/*
 * Image references, as distribution/reference reads them for containerd:
 *
 *   reference := [domain '/'] path [':' tag] ['@' digest]
 *   domain    := host [':' port], and is one only if it has a '.', a ':' or an
 *                upper-case letter, or is "localhost"; a component with a '.'
 *                serves as well ("my_registry.example.com")
 *   path      := component ('/' component)*
 *   component := [a-z0-9]+ (separator [a-z0-9]+)*
 *   separator := '.' | '_' | '__' | '-'+
 *   tag       := [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
 */
#include "image/reference.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"

#define NAME_MAX_ 255
#define TAG_MAX   128

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool
consists_of(const char *s, const char *set)
{
	return s[0] != '\0' && s[strspn(s, set)] == '\0';
}

/* Skips one run of alphanumerics; NULL if there is none. */
static const char *
skip_alnum(const char *s)
{
	size_t n = strspn(s, LOWER DIGITS);

	return n == 0 ? NULL : s + n;
}

/* Skips one separator; s itself if there is none, NULL if it is a wrong one. */
static const char *
skip_separator(const char *s)
{
	size_t n = strspn(s, "_");

	if (n > 0)
		return n <= 2 ? s + n : NULL;
	if (s[0] == '.')
		return s + 1;
	return s + strspn(s, "-");
}

static bool
is_component(const char *s)
{
	const char *next;

	for (s = skip_alnum(s); s != NULL && *s != '\0'; s = skip_alnum(next)) {
		next = skip_separator(s);
		if (next == NULL || next == s)
			return false;
	}
	return s != NULL;
}

static bool
is_path(const char *path)
{
	AUTO(str) char *copy = mem_strdup(path);
	char *rest = copy, *component;

	while ((component = strsep(&rest, "/")) != NULL)
		if (!is_component(component))
			return false;
	return true;
}

/* [A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])? between dots. */
static bool
is_host_name(const char *host)
{
	AUTO(str) char *copy = mem_strdup(host);
	char *rest = copy, *label;
	size_t len;

	while ((label = strsep(&rest, ".")) != NULL) {
		len = strlen(label);
		if (!consists_of(label, LOWER UPPER DIGITS "-") ||
		    label[0] == '-' || label[len - 1] == '-')
			return false;
	}
	return true;
}

/* '[' [0-9A-Fa-f:]+ ']' */
static bool
is_ipv6(const char *host)
{
	size_t len = strlen(host);

	return len > 2 && host[0] == '[' && host[len - 1] == ']' &&
	       strspn(host + 1, DIGITS "abcdefABCDEF:") == len - 2;
}

static bool
is_domain(const char *domain)
{
	AUTO(str) char *host = mem_strdup(domain);
	char *bracket = strrchr(host, ']');
	char *colon = strchr(bracket == NULL ? host : bracket, ':');

	if (colon != NULL) {
		if (!consists_of(colon + 1, DIGITS))
			return false;
		*colon = '\0';
	}
	return host[0] == '[' ? is_ipv6(host) : is_host_name(host);
}

static bool
is_tag(const char *tag)
{
	return strlen(tag) <= TAG_MAX && tag[0] != '.' && tag[0] != '-' &&
	       consists_of(tag, LOWER UPPER DIGITS "_.-");
}

/* Is what stands before the first slash a domain? */
static bool
looks_like_domain(const char *first)
{
	return strpbrk(first, ".:" UPPER) != NULL ||
	       strcmp(first, "localhost") == 0;
}

/* Name into registry and repository, with docker.io's defaults. */
static void
split_name(struct reference *ref, const char *name)
{
	const char *slash = strchr(name, '/');
	AUTO(str)
	char *first = slash == NULL ? mem_strdup("")
				    : mem_strndup(name, (size_t)(slash - name));

	if (slash == NULL || !looks_like_domain(first)) {
		ref->registry = mem_strdup("docker.io");
		ref->repository = mem_strdup(name);
	} else {
		ref->registry = strcmp(first, "index.docker.io") == 0
				    ? mem_strdup("docker.io")
				    : mem_strdup(first);
		ref->repository = mem_strdup(slash + 1);
		ref->has_registry = true;
	}
	if (strcmp(ref->registry, "docker.io") == 0 &&
	    strchr(ref->repository, '/') == NULL) {
		char *official = str_printf("library/%s", ref->repository);

		free(ref->repository);
		ref->repository = official;
	}
	ref->name = str_printf("%s/%s", ref->registry, ref->repository);
}

/* Cut "@digest" and ":tag" off the end of text, which keeps the name. */
static int
cut_suffixes(struct reference *ref, char *text, struct err *e)
{
	char *at = strchr(text, '@'), *colon, *slash;

	if (at != NULL) {
		*at = '\0';
		if (!digest_is_valid(at + 1))
			return err_set(e, ERR_BAD_REFERENCE,
			    "invalid reference: no valid digest behind the @");
		ref->digest = mem_strdup(at + 1);
	}
	colon = strrchr(text, ':');
	slash = strrchr(text, '/');
	if (colon != NULL && (slash == NULL || colon > slash)) {
		*colon = '\0';
		if (!is_tag(colon + 1))
			return err_set(e, ERR_BAD_REFERENCE,
			    "invalid reference: no valid tag");
		ref->tag = mem_strdup(colon + 1);
	}
	return 0;
}

/* A bare image id would be looked for on docker.io under that name. */
static bool
is_bare_id(const char *text)
{
	return strlen(text) == 64 && consists_of(text, DIGITS "abcdef");
}

static int
check_name(const struct reference *ref, struct err *e)
{
	if (!is_domain(ref->registry) && !is_component(ref->registry))
		return err_set(e, ERR_BAD_REFERENCE,
		    "invalid reference: no valid registry host");
	if (strpbrk(ref->repository, UPPER) != NULL)
		return err_set(e, ERR_BAD_REFERENCE,
		    "invalid reference: repository name must be lower-case");
	if (!is_path(ref->repository))
		return err_set(e, ERR_BAD_REFERENCE,
		    "invalid reference: no valid repository name");
	if (strlen(ref->name) > NAME_MAX_)
		return err_set(e, ERR_BAD_REFERENCE,
		    "invalid reference: name is longer than %d characters",
		    NAME_MAX_);
	return 0;
}

int
reference_parse(struct slice text, struct reference **ret, struct err *e)
{
	AUTO(reference) struct reference *ref = MEM_NEW(struct reference);
	AUTO(str) char *rest = NULL;

	if (text.len == 0)
		return err_set(e, ERR_BAD_REFERENCE,
		    "invalid reference: it is empty");
	if (text.len > REFERENCE_LEN_MAX || slice_has_nul(text) ||
	    !str_is_utf8(text))
		return err_set(e, ERR_BAD_REFERENCE,
		    "invalid reference: too long, or no plain text");
	rest = mem_strndup((const char *)text.ptr, text.len);
	if (is_bare_id(rest))
		return err_set(e, ERR_BAD_REFERENCE,
		    "invalid reference: an image id is no name");
	if (cut_suffixes(ref, rest, e) < 0)
		return -1;
	split_name(ref, rest);
	if (check_name(ref, e) < 0)
		return -1;
	if (ref->tag == NULL && ref->digest == NULL)
		ref->tag = mem_strdup("latest");
	ref->text = ref->digest != NULL
			? reference_pin(ref, ref->digest)
			: str_printf("%s:%s", ref->name, ref->tag);
	*ret = TAKE(ref);
	return 0;
}

struct reference *
reference_at(const struct reference *ref, const char *digest)
{
	struct reference *at = MEM_NEW(struct reference);

	at->registry = mem_strdup(ref->registry);
	at->has_registry = ref->has_registry;
	at->repository = mem_strdup(ref->repository);
	at->name = mem_strdup(ref->name);
	at->tag = mem_strdup_null(ref->tag);
	at->digest = mem_strdup(digest);
	at->text = reference_pin(ref, digest);
	return at;
}

char *
reference_pin(const struct reference *ref, const char *digest)
{
	return str_printf("%s@%s", ref->name, digest);
}

void
reference_free(struct reference *ref)
{
	if (ref == NULL)
		return;
	free(ref->registry);
	free(ref->repository);
	free(ref->name);
	free(ref->tag);
	free(ref->digest);
	free(ref->text);
	free(ref);
}

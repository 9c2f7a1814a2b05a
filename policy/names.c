/* The spellings of an image's name. */
#include "policy/names.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/glob.h"

#define DOCKER     "docker.io/"
#define DOCKER_OLD "index.docker.io/"
#define LIBRARY    "docker.io/library/"

/* Stands for the digest that a tag will turn out to mean. */
#define SOME_DIGEST                                                            \
	"sha256:0000000000000000000000000000000000000000000000000000000000000" \
	"000"

static void
add(struct names *names, char *text)
{
	assert(names->n < NAMES_MAX);
	names->items[names->n++] = text;
}

/* "name@digest" if there is one, else "name:tag". */
static char *
with_version(const char *name, const struct reference *ref)
{
	if (ref->digest != NULL)
		return str_printf("%s@%s", name, ref->digest);
	return str_printf("%s:%s", name, ref->tag);
}

/* A name with a host in lower case: a host is the same in any case, and a
 * repository has no upper case. */
static char *
plain_name(const struct reference *ref)
{
	char *name = mem_strdup(ref->name);

	for (char *c = name; *c != '\0' && *c != '/'; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

/* With or without its tag or digest. */
static void
make_ours(const char *name, const struct reference *ref, struct names *ret)
{
	add(ret, mem_strdup(name));
	add(ret, with_version(name, ref));
	ret->certain = ret->n;
	if (ref->digest != NULL && ref->tag != NULL)
		add(ret, str_printf("%s:%s", name, ref->tag));
}

/* Kyverno fills in docker.io and does not fill in library/: both spellings of
 * an official image mean it. */
static void
make_kyverno(const char *name, const struct reference *ref, struct names *ret)
{
	const char *rest = name + strlen(LIBRARY);

	add(ret, with_version(name, ref));
	if (str_starts(name, LIBRARY) && strchr(rest, '/') == NULL) {
		AUTO(str) char *shorter = str_printf(DOCKER "%s", rest);

		add(ret, with_version(shorter, ref));
	}
	ret->certain = ret->n;
}

/* The names of go-containerregistry, and what was written.  The webhook puts a
 * digest in the place of a tag before policies see it. */
static void
make_sigstore(const char *name, const struct reference *ref,
    const char *written, struct names *ret)
{
	AUTO(str)
	char *old = str_starts(name, DOCKER)
			? str_printf(DOCKER_OLD "%s", name + strlen(DOCKER))
			: mem_strdup(name);

	add(ret, with_version(old, ref));
	if (ref->digest == NULL)
		add(ret, str_printf("%s@" SOME_DIGEST, old));
	if (written != NULL)
		add(ret, mem_strdup(written));
	ret->certain = ret->n;
}

void
names_make(const struct reference *ref, const char *written,
    struct all_names *ret)
{
	AUTO(str) char *name = plain_name(ref);

	assert(ref->tag != NULL || ref->digest != NULL);
	*ret = (struct all_names){ 0 };
	make_ours(name, ref, &ret->of[POLICY_OURS]);
	make_kyverno(name, ref, &ret->of[POLICY_KYVERNO]);
	make_sigstore(name, ref, written, &ret->of[POLICY_SIGSTORE]);
	add(&ret->of[POLICY_CONTAINERS], with_version(name, ref));
	ret->of[POLICY_CONTAINERS].certain = 1;
}

void
names_clear(struct all_names *names)
{
	for (size_t i = 0; i < POLICY_DIALECTS; i++)
		for (size_t k = 0; k < names->of[i].n; k++)
			free(names->of[i].items[k]);
	*names = (struct all_names){ 0 };
}

static bool
matches(enum policy_dialect dialect, const char *pattern, const char *text)
{
	switch (dialect) {
	case POLICY_OURS:
	case POLICY_SIGSTORE:
		return glob_match(pattern, text);
	case POLICY_KYVERNO:
		return wildcard_match(pattern, text);
	case POLICY_CONTAINERS:
		return scope_match(pattern, text);
	case POLICY_DIALECTS:
		break;
	}
	abort();
}

static bool
any_matches(const struct str_list *patterns, enum policy_dialect dialect,
    const struct names *names, size_t n)
{
	for (size_t i = 0; i < patterns->n; i++)
		for (size_t k = 0; k < n; k++)
			if (matches(dialect, patterns->items[i],
				names->items[k]))
				return true;
	return false;
}

bool
names_match_certainly(const struct str_list *patterns,
    enum policy_dialect dialect, const struct all_names *names)
{
	const struct names *own = &names->of[dialect];

	return any_matches(patterns, dialect, own, own->certain);
}

bool
names_match_possibly(const struct str_list *patterns,
    enum policy_dialect dialect, const struct all_names *names)
{
	const struct names *own = &names->of[dialect];

	return any_matches(patterns, dialect, own, own->n);
}

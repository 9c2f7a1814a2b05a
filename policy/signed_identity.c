/* The name that was signed, and the name that is pulled. */
#include "policy/signed_identity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SHOWN 160

/* Has the name a tag or a digest of its own? */
static bool
has_version(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strpbrk(slash == NULL ? name : slash, ":@") != NULL;
}

/* pulled with the prefix of its name put in the place of another; NULL where
 * the prefix is not its. */
static struct reference *
remap(const struct policy_signed_identity *want, const struct reference *pulled)
{
	size_t len = strlen(want->name);
	struct reference *ret = NULL;
	AUTO(str) char *text = NULL;
	struct err e = { 0 };

	if (strncmp(pulled->text, want->name, len) != 0 ||
	    strchr("/:@", pulled->text[len]) == NULL)
		return NULL;
	text = str_printf("%s%s", want->signed_prefix, pulled->text + len);
	return reference_parse(slice_str(text), &ret, &e) < 0 ? NULL : ret;
}

static bool
exact(const struct reference *pulled, const struct reference *name)
{
	return strcmp(pulled->text, name->text) == 0;
}

static bool
same_repository(const struct reference *pulled, const struct reference *name)
{
	return strcmp(pulled->name, name->name) == 0;
}

static bool
repo_digest_or_exact(const struct reference *pulled,
    const struct reference *name, bool versioned)
{
	if (pulled->digest != NULL)
		return same_repository(pulled, name);
	return versioned && exact(pulled, name);
}

static bool
remapped(const struct policy_signed_identity *want,
    const struct reference *pulled, const struct reference *name,
    bool versioned)
{
	AUTO(reference) struct reference *other = remap(want, pulled);

	return repo_digest_or_exact(other == NULL ? pulled : other, name,
	    versioned);
}

static bool
agrees(const struct policy_signed_identity *want,
    const struct reference *pulled, const struct reference *name,
    bool versioned)
{
	switch (want->rule) {
	case POLICY_ANY_NAME:
		return true;
	case POLICY_MATCH_EXACT:
		return versioned && exact(pulled, name);
	case POLICY_MATCH_REPO_DIGEST_OR_EXACT:
		return repo_digest_or_exact(pulled, name, versioned);
	case POLICY_MATCH_REPOSITORY:
		return same_repository(pulled, name);
	case POLICY_EXACT_REFERENCE:
		return versioned && strcmp(want->name, name->text) == 0;
	case POLICY_EXACT_REPOSITORY:
		return strcmp(want->name, name->name) == 0;
	case POLICY_REMAP:
		return remapped(want, pulled, name, versioned);
	}
	abort();
}

char *
signed_identity_check(const struct policy_signed_identity *want,
    const struct reference *pulled, const char *signed_name)
{
	AUTO(reference) struct reference *name = NULL;
	struct err e = { 0 };

	if (want->rule == POLICY_ANY_NAME)
		return NULL;
	assert(pulled != NULL);
	if (signed_name == NULL)
		return mem_strdup("the signature names no repository, and "
				  "signedIdentity asks for one");
	if (reference_parse(slice_str(signed_name), &name, &e) < 0)
		return mem_strdup("the signature names no image reference");
	if (agrees(want, pulled, name, has_version(signed_name)))
		return NULL;
	return str_printf("signed as %.*s%s, which signedIdentity does not "
			  "take for this image",
	    SHOWN, signed_name,
	    has_version(signed_name) ? "" : " (a repository without tag)");
}

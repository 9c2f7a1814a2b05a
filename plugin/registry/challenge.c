/*
 * WWW-Authenticate, read with one cursor:
 *
 *   challenges := challenge (',' challenge)*
 *   challenge  := scheme [SP param (',' param)*]
 *   param      := token '=' (token | quoted-string)
 *
 * A comma may end a parameter or a challenge: what follows it is a parameter if
 * a '=' stands behind its first word.
 */
#include "registry/challenge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define TOKEN                                                                  \
	"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"                  \
	"abcdefghijklmnopqrstuvwxyz"

static char *
take_token(const char **at)
{
	size_t n = strspn(*at, TOKEN);
	char *token = n == 0 ? NULL : mem_strndup(*at, n);

	*at += n;
	return token;
}

/* A quoted string without its quotes and escapes; NULL if it does not end. */
static char *
take_quoted(const char **at)
{
	AUTO(buf) struct buf out = buf_with_max(CHALLENGE_TEXT_MAX);
	const char *p = *at + 1;

	for (; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0' || buf_append(&out, p, 1) < 0)
			return NULL;
	}
	*at = p + 1;
	return buf_take(&out);
}

static void
set_param(struct challenge *c, const char *name, char *value)
{
	char **member = strcasecmp(name, "realm") == 0     ? &c->realm
			: strcasecmp(name, "service") == 0 ? &c->service
			: strcasecmp(name, "scope") == 0   ? &c->scope
							   : NULL;

	if (member == NULL || *member != NULL) {
		free(value);
		return;
	}
	*member = value;
}

static void
skip_space(const char **at)
{
	*at += strspn(*at, " \t");
}

/* name '=' value, if that is what stands here. */
static bool
take_param(const char **at, struct challenge *c)
{
	const char *p = *at;
	AUTO(str) char *name = take_token(&p);
	char *value;

	skip_space(&p);
	if (name == NULL || *p != '=')
		return false;
	p++;
	skip_space(&p);
	value = *p == '"' ? take_quoted(&p) : take_token(&p);
	if (value == NULL)
		return false;
	set_param(c, name, value);
	skip_space(&p);
	*at = p;
	return true;
}

/* Is what stands behind a comma a parameter, and not the next challenge? */
static bool
param_follows(const char *at)
{
	AUTO(challenge) struct challenge ignored = { 0 };

	skip_space(&at);
	return take_param(&at, &ignored);
}

static bool
take_challenge(const char **at, struct challenge *c)
{
	AUTO(str) char *scheme = take_token(at);

	if (scheme == NULL)
		return false;
	if (strcasecmp(scheme, "Bearer") == 0)
		c->kind = CHALLENGE_BEARER;
	else if (strcasecmp(scheme, "Basic") == 0)
		c->kind = CHALLENGE_BASIC;
	skip_space(at);
	while (take_param(at, c) && **at == ',' && param_follows(*at + 1)) {
		*at += 1;
		skip_space(at);
	}
	return true;
}

void
challenge_parse(const char *header, struct challenge *ret)
{
	const char *at = header;

	if (strlen(header) > CHALLENGE_TEXT_MAX)
		return;
	for (;;) {
		AUTO(challenge) struct challenge c = { 0 };

		at += strspn(at, " \t,");
		if (!take_challenge(&at, &c))
			return;
		if (c.kind > ret->kind) {
			challenge_clear(ret);
			*ret = c;
			c = (struct challenge){ 0 };
		}
		at += strcspn(at, ",");
	}
}

void
challenge_clear(struct challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
	*c = (struct challenge){ 0 };
}

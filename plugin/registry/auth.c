/*
 * Who we are to a registry: Basic, or a Bearer token from the realm it names
 * (distribution token specification).  Credentials go to the image's own
 * registry or to the host they were given for, and to that host's realm.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "http/url.h"
#include "registry/challenge.h"
#include "registry/private.h"

#define TOKEN_ANSWER_MAX  (256u << 10)
#define TOKEN_TEXT_MAX    (64u << 10)
#define TOKEN_SECONDS     60 /* where the realm does not say */
#define TOKEN_SECONDS_MAX 3600
#define CONFIG_FILE_MAX   (1u << 20)

/* Username and password, wherever they stand. */
static bool
user_password(const struct credentials *c, char **ret, struct err *e)
{
	AUTO(buf) struct buf decoded = buf_with_max(TOKEN_TEXT_MAX);

	if (c->username != NULL || c->password != NULL) {
		*ret =
		    str_printf("%s:%s", c->username == NULL ? "" : c->username,
			c->password == NULL ? "" : c->password);
		return true;
	}
	if (c->auth == NULL || c->identity_token != NULL ||
	    base64_decode(slice_str(c->auth), &decoded, e) < 0 ||
	    slice_has_nul(buf_slice(&decoded)) ||
	    strchr(buf_text(&decoded), ':') == NULL)
		return false;
	*ret = buf_take(&decoded);
	return true;
}

static char *
basic_of(const struct credentials *c)
{
	AUTO(str) char *pair = NULL;
	AUTO(str) char *encoded = NULL;
	struct err ignored;

	if (!user_password(c, &pair, &ignored))
		return NULL;
	encoded = base64_encode(slice_str(pair));
	explicit_bzero(pair, strlen(pair));
	return str_printf("Basic %s", encoded);
}

/* The entry of a docker config.json for one host. */
static int
read_config_file(const char *path, const char *host, struct credentials *ret,
    struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(CONFIG_FILE_MAX);
	AUTO(json) struct json *config = NULL;
	const struct json *auths, *entry;

	if (file_read(path, CONFIG_FILE_MAX, &text, e) < 0)
		return -1;
	if (json_parse(buf_slice(&text), &config, e) < 0)
		return err_set(e, ERR_CONFIG, "%s is no valid config.json",
		    path);
	auths = json_get(config, "auths");
	for (void *it = json_is_object(auths) ? json_iter(auths) : NULL;
	     it != NULL; it = json_next(auths, it)) {
		struct credentials key = { 0 };

		key.server_address = mem_strdup(json_iter_key(it));
		entry =
		    credentials_match(&key, host) ? json_iter_value(it) : NULL;
		credentials_clear(&key);
		if (entry == NULL)
			continue;
		ret->username =
		    mem_strdup_null(json_get_text(entry, "username"));
		ret->password =
		    mem_strdup_null(json_get_text(entry, "password"));
		ret->auth = mem_strdup_null(json_get_text(entry, "auth"));
		ret->identity_token =
		    mem_strdup_null(json_get_text(entry, "identitytoken"));
		ret->registry_token =
		    mem_strdup_null(json_get_text(entry, "registrytoken"));
		return 0;
	}
	return 0;
}

/* What may be presented to this repository's host. */
static int
choose(const struct registry_session *s, const struct repository *r,
    struct credentials *ret, struct err *e)
{
	const struct registry_host *h = registry_host_of(s->registry, r->host);
	const struct credentials *c = s->creds;
	bool addressed = c != NULL && c->server_address != NULL &&
			 c->server_address[0] != '\0';

	if (credentials_present(c) && (r->home || addressed) &&
	    credentials_match(c, r->host)) {
		credentials_copy(ret, c);
		return 0;
	}
	if (h == NULL || h->credentials_file == NULL)
		return 0;
	return read_config_file(h->credentials_file, r->host, ret, e);
}

/* The lock is held. */
static struct token *
find_token(struct registry *reg, const char *host, const char *scope,
    const struct credentials *c)
{
	for (size_t i = 0; i < TOKENS_MAX; i++) {
		struct token *t = &reg->tokens[i];

		if (t->text != NULL && clock_mono_ms() < t->until_ms &&
		    strcmp(t->host, host) == 0 &&
		    strcmp(t->scope, scope) == 0 &&
		    credentials_equal(&t->creds, c))
			return t;
	}
	return NULL;
}

static char *
cached_bearer(struct registry *reg, const char *host, const char *scope,
    const struct credentials *c)
{
	struct token *t;
	char *bearer = NULL;

	(void)pthread_mutex_lock(&reg->lock);
	t = find_token(reg, host, scope, c);
	if (t != NULL)
		bearer = str_printf("Bearer %s", t->text);
	(void)pthread_mutex_unlock(&reg->lock);
	return bearer;
}

static void
keep_token(struct registry *reg, const char *host, const char *scope,
    const struct credentials *c, const char *text, int64_t seconds)
{
	struct token *t;

	(void)pthread_mutex_lock(&reg->lock);
	t = &reg->tokens[reg->at];
	reg->at = (reg->at + 1) % TOKENS_MAX;
	free(t->host);
	free(t->scope);
	free(t->text);
	credentials_clear(&t->creds);
	t->host = mem_strdup(host);
	t->scope = mem_strdup(scope);
	t->text = mem_strdup(text);
	credentials_copy(&t->creds, c);
	t->until_ms = clock_mono_ms() + seconds * 900; /* with a margin */
	(void)pthread_mutex_unlock(&reg->lock);
}

/* A realm without TLS is for registries without TLS, or on loopback. */
static int
check_realm(const struct registry_session *s, const struct repository *r,
    const char *realm, struct err *e)
{
	AUTO(url) struct url url = { 0 };

	if (url_parse(realm, &url, e) < 0)
		return err_wrap(e, "token realm");
	if (strcmp(url.scheme, "https") == 0 ||
	    (registry_is_plain(s->registry, r->host) &&
		url_host_is_loopback(url.host)) ||
	    (registry_host_of(s->registry, r->host) != NULL &&
		registry_is_plain(s->registry, r->host)))
		return 0;
	return err_set(e, ERR_UNAUTHORIZED,
	    "token realm http://%s is not spoken to without TLS", url.host);
}

static char *
scope_of(const struct repository *r)
{
	return str_printf("repository:%s:pull", r->path);
}

/* The request for a token: with Basic, as a refresh, or anonymous. */
static int
ask_realm(struct registry_session *s, const struct repository *r,
    const struct challenge *ch, const struct credentials *c,
    struct http_response *ret, struct err *e)
{
	const struct registry_host *h = registry_host_of(s->registry, r->host);
	AUTO(str) char *scope = scope_of(r);
	AUTO(str) char *escaped_scope = url_escape(scope);
	AUTO(str)
	char *service = url_escape(ch->service == NULL ? "" : ch->service);
	AUTO(str)
	char *query = str_printf("service=%s&scope=%s", service, escaped_scope);
	AUTO(str) char *basic = basic_of(c);
	AUTO(str) char *url = NULL;
	AUTO(str) char *refresh = NULL;
	AUTO(str) char *form = NULL;
	struct http_request req = {
		.method = "GET",
		.ca_file = h == NULL ? NULL : h->ca_file,
		.body_max = TOKEN_ANSWER_MAX,
	};

	if (c->identity_token != NULL && basic == NULL) {
		refresh = url_escape(c->identity_token);
		form = str_printf(
		    "grant_type=refresh_token&client_id=pullgate&%s&refresh_token=%s",
		    query, refresh);
		req.method = "POST";
		req.form_body = form;
		url = mem_strdup(ch->realm);
	} else {
		url = str_printf("%s%s%s", ch->realm,
		    strchr(ch->realm, '?') == NULL ? "?" : "&", query);
		req.authorization = basic;
	}
	req.url = url;
	return http_do(s->http, &req, s->budget, ret, e);
}

static int
fetch_bearer(struct registry_session *s, const struct repository *r,
    const struct challenge *ch, const struct credentials *c, char **ret,
    struct err *e)
{
	AUTO(http_response) struct http_response answer = { 0 };
	AUTO(json) struct json *j = NULL;
	AUTO(str) char *scope = scope_of(r);
	const char *text;
	int64_t seconds = TOKEN_SECONDS;

	if (check_realm(s, r, ch->realm, e) < 0 ||
	    ask_realm(s, r, ch, c, &answer, e) < 0)
		return -1;
	if (answer.status != 200)
		return err_set(e,
		    answer.status >= 500 || answer.status == 429
			? ERR_REGISTRY
			: ERR_UNAUTHORIZED,
		    "unauthorized: no token was given (HTTP %ld)",
		    answer.status);
	if (json_parse(buf_slice(&answer.body), &j, e) < 0)
		return err_wrap(e, "token");
	text = json_get_text(j, "token");
	if (text == NULL)
		text = json_get_text(j, "access_token");
	if (text == NULL || strlen(text) > TOKEN_TEXT_MAX)
		return err_set(e, ERR_UNAUTHORIZED,
		    "unauthorized: no token was given");
	(void)json_int(json_get(j, "expires_in"), &seconds);
	if (seconds < TOKEN_SECONDS || seconds > TOKEN_SECONDS_MAX)
		seconds =
		    seconds < TOKEN_SECONDS ? TOKEN_SECONDS : TOKEN_SECONDS_MAX;
	keep_token(s->registry, r->host, scope, c, text, seconds);
	*ret = str_printf("Bearer %s", text);
	return 0;
}

/* Before the registry has asked for anything. */
static char *
unasked(struct registry_session *s, const struct repository *r,
    const struct credentials *c)
{
	AUTO(str) char *scope = scope_of(r);

	if (c->registry_token != NULL)
		return str_printf("Bearer %s", c->registry_token);
	return cached_bearer(s->registry, r->host, scope, c);
}

int
registry_authorize(struct registry_session *s, const struct repository *r,
    const char *challenge, char **ret, struct err *e)
{
	AUTO(credentials) struct credentials c = { 0 };
	AUTO(challenge) struct challenge ch = { 0 };

	if (choose(s, r, &c, e) < 0)
		return -1;
	if (challenge == NULL) {
		*ret = unasked(s, r, &c);
		return 0;
	}
	challenge_parse(challenge, &ch);
	if (c.registry_token != NULL)
		return 0; /* it was presented, and did not do */
	if (ch.kind == CHALLENGE_BASIC)
		*ret = basic_of(&c);
	else if (ch.kind == CHALLENGE_BEARER && ch.realm != NULL)
		return fetch_bearer(s, r, &ch, &c, ret, e);
	return 0;
}

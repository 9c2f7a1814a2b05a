/* From a reference to the digest it names. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/checkpoint.h"
#include "image/digest.h"
#include "registry/private.h"

/*
 * The digest of a manifest is that of its body.  A reference's own digest must
 * be the body's; what the registry says in a header must be as well, so that
 * one that mixes its answers up is noticed.
 */
static int
check_body(const struct http_response *answer, const char *wanted,
    struct err *e)
{
	const char *said =
	    str_map_get(&answer->headers, "docker-content-digest");

	if (wanted != NULL &&
	    digest_check(buf_slice(&answer->body), wanted, e) < 0)
		return -1;
	if (said != NULL && digest_is_valid(said))
		return digest_check(buf_slice(&answer->body), said, e);
	return 0;
}

static int
fill(const struct http_response *answer, const char *wanted,
    struct descriptor *ret, struct err *e)
{
	AUTO(manifest) struct manifest *m = NULL;
	char computed[DIGEST_TEXT_MAX];

	if (manifest_parse(buf_slice(&answer->body),
		str_map_get(&answer->headers, "content-type"), &m, e) < 0)
		return -1;
	digest_of(buf_slice(&answer->body), computed);
	ret->media_type = mem_strdup(m->media_type);
	ret->digest = mem_strdup(wanted != NULL ? wanted : computed);
	if (strcmp(ret->digest, computed) != 0)
		ret->sha256 = mem_strdup(computed);
	ret->size = answer->body.len;
	checkpoint_copy(&ret->annotations, &m->annotations);
	return 0;
}

int
registry_resolve(struct registry_session *s, const struct reference *ref,
    struct descriptor *ret, struct err *e)
{
	AUTO(http_response) struct http_response answer = { 0 };
	struct repository repository = { ref->registry, ref->repository, true };
	AUTO(str)
	char *what = str_printf("manifests/%s",
	    ref->digest != NULL ? ref->digest : ref->tag);
	struct registry_get get = {
		.repository = &repository,
		.what = what,
		.accept = REGISTRY_ACCEPT_MANIFEST,
		.max = MANIFEST_SIZE_MAX,
	};

	if (registry_get(s, &get, &answer, e) < 0)
		return -1;
	if (answer.status != 200)
		return registry_status_error(&get, answer.status, e);
	if (check_body(&answer, ref->digest, e) < 0 ||
	    fill(&answer, ref->digest, ret, e) < 0)
		return err_wrap(e, "registry %s", ref->registry);
	return 0;
}

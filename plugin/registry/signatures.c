/*
 * Where signatures of an image stand in a registry:
 *
 *   the tag sha256-<hex>.sig          cosign's older form, a layer a signature
 *   the tag sha256-<hex>.att          the same of attestations, if asked for
 *   /v2/<name>/referrers/<digest>     OCI distribution 1.1
 *   the tag sha256-<hex>              its fallback where the API is not there
 *
 * Neither the index of referrers nor its artifactType is believed: the type in
 * it may be another (cosign 3 writes the config's), so every manifest it names
 * is looked at.  What is unusable of its own is noted and skipped; what could
 * not be asked for fails the whole search.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/digest.h"
#include "registry/private.h"
#include "signature/signature.h"

#define REFERRERS_PAGES_MAX 10

struct search {
	struct registry_session *session;
	struct repository repository;
	const char *image_digest;
	struct evidence *evidence;
};

/* Trouble with one signature is no trouble with the others; trouble with the
 * registry is. */
static bool
concerns_one(const struct err *e)
{
	return e->code == ERR_MALFORMED || e->code == ERR_DIGEST_MISMATCH ||
	       e->code == ERR_NOT_FOUND || e->code == ERR_UNSUPPORTED;
}

static int
add_item(struct search *s, const char *source, struct evidence_item **ret,
    struct err *e)
{
	if (s->evidence->n == EVIDENCE_ITEMS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d signatures",
		    EVIDENCE_ITEMS_MAX);
	*ret = evidence_add(s->evidence);
	(*ret)->source = mem_strdup(source);
	return 0;
}

static int
add_skipped(struct search *s, const char *source, const struct err *why,
    struct err *e)
{
	AUTO(str) char *reason = mem_strdup(why->msg);
	struct evidence_item *item;

	if (add_item(s, source, &item, e) < 0)
		return -1;
	item->media_type = mem_strdup("");
	item->blob_digest = mem_strdup("");
	item->skipped = TAKE(reason);
	return 0;
}

static int
fetch(struct search *s, const char *what, const char *accept, size_t max,
    struct http_response *ret, struct err *e)
{
	struct registry_get get = {
		.repository = &s->repository,
		.what = what,
		.accept = accept,
		.max = max,
	};

	if (registry_get(s->session, &get, ret, e) < 0)
		return -1;
	if (ret->status != 200)
		return registry_status_error(&get, ret->status, e);
	return 0;
}

/* Bytes of an earlier item with the same blob: signatures of several keys share
 * one payload. */
static const struct evidence_item *
already_fetched(const struct evidence *ev, const char *digest)
{
	for (size_t i = 0; i < ev->n; i++)
		if (ev->items[i].blob.ptr != NULL &&
		    strcmp(ev->items[i].blob_digest, digest) == 0)
			return &ev->items[i];
	return NULL;
}

static int
fetch_blob(struct search *s, const struct descriptor *layer,
    struct evidence_item *item, struct err *e)
{
	AUTO(http_response) struct http_response answer = { 0 };
	AUTO(str) char *what = str_printf("blobs/%s", layer->digest);
	size_t len;

	if (layer->size > SIGNATURE_BLOB_MAX)
		return err_set(e, ERR_UNSUPPORTED,
		    "signature is larger than %u MiB",
		    SIGNATURE_BLOB_MAX >> 20);
	if (fetch(s, what, NULL, SIGNATURE_BLOB_MAX, &answer, e) < 0)
		return -1;
	if (answer.body.len != layer->size)
		return err_set(e, ERR_DIGEST_MISMATCH,
		    "signature blob has another size than its descriptor says");
	if (digest_check(buf_slice(&answer.body), layer->digest, e) < 0)
		return -1;
	len = answer.body.len;
	item->blob = slice_of(buf_take(&answer.body), len);
	return 0;
}

static int
add_layer(struct search *s, const char *source, const struct descriptor *layer,
    struct err *e)
{
	const struct evidence_item *same =
	    already_fetched(s->evidence, layer->digest);
	struct slice shared = same == NULL ? slice_of(NULL, 0) : same->blob;
	struct evidence_item *item;

	if (add_item(s, source, &item, e) < 0)
		return -1;
	item->media_type = mem_strdup(layer->media_type);
	item->blob_digest = mem_strdup(layer->digest);
	str_map_copy(&item->annotations, &layer->annotations);
	if (shared.ptr != NULL) {
		if (budget_spend(s->session->budget, shared.len, e) < 0)
			return -1;
		item->blob =
		    slice_of(mem_strndup((const char *)shared.ptr, shared.len),
			shared.len);
		return 0;
	}
	if (fetch_blob(s, layer, item, e) == 0)
		return 0;
	if (!concerns_one(e))
		return -1;
	item->skipped = mem_strdup(e->msg);
	return 0;
}

static int
add_layers(struct search *s, const char *source, const struct manifest *m,
    struct err *e)
{
	for (size_t i = 0; i < m->layers.n; i++)
		if (signature_format_known(m->layers.items[i].media_type) &&
		    add_layer(s, source, &m->layers.items[i], e) < 0)
			return -1;
	return 0;
}

/* A manifest by tag or digest.  *ret stays NULL where there is none. */
static int
fetch_manifest(struct search *s, const char *name, struct manifest **ret,
    struct err *e)
{
	AUTO(http_response) struct http_response answer = { 0 };
	AUTO(str) char *what = str_printf("manifests/%s", name);

	if (fetch(s, what, REGISTRY_ACCEPT_MANIFEST, MANIFEST_SIZE_MAX, &answer,
		e) < 0)
		return -1;
	if (digest_is_valid(name) &&
	    digest_check(buf_slice(&answer.body), name, e) < 0)
		return -1;
	return manifest_parse(buf_slice(&answer.body),
	    str_map_get(&answer.headers, "content-type"), ret, e);
}

static char *
digest_tag(const char *digest, const char *suffix)
{
	const char *hex = digest_hex(digest);

	return str_printf("%.*s-%s%s", (int)(hex - 1 - digest), digest, hex,
	    suffix);
}

/* cosign's older forms. */
static int
search_tag(struct search *s, const char *suffix, struct err *e)
{
	AUTO(manifest) struct manifest *m = NULL;
	AUTO(str) char *tag = digest_tag(s->image_digest, suffix);
	AUTO(str)
	char *source =
	    str_printf("%s/%s:%s", s->repository.host, s->repository.path, tag);

	if (fetch_manifest(s, tag, &m, e) == 0)
		return add_layers(s, source, m, e);
	if (e->code == ERR_NOT_FOUND)
		return 0;
	return concerns_one(e) ? add_skipped(s, source, e, e) : -1;
}

/* It says of itself what it is a referrer of; the index is not asked. */
static int
check_subject(const struct manifest *m, const char *image_digest, struct err *e)
{
	if (m->subject.digest == NULL ||
	    strcmp(m->subject.digest, image_digest) != 0)
		return err_set(e, ERR_MALFORMED,
		    "referrer's subject is not this image");
	return 0;
}

static int
add_referrer(struct search *s, const struct descriptor *entry, struct err *e)
{
	AUTO(manifest) struct manifest *m = NULL;
	AUTO(str)
	char *source = str_printf("%s/%s@%s", s->repository.host,
	    s->repository.path, entry->digest);

	if (strcmp(entry->media_type, MEDIA_OCI_MANIFEST) != 0)
		return 0;
	if (fetch_manifest(s, entry->digest, &m, e) == 0 &&
	    check_subject(m, s->image_digest, e) == 0)
		return add_layers(s, source, m, e);
	return concerns_one(e) ? add_skipped(s, source, e, e) : -1;
}

static int
add_referrers(struct search *s, const struct manifest *index, size_t *seen,
    struct err *e)
{
	*seen += index->manifests.n;
	if (*seen > INDEX_ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d referrers",
		    INDEX_ENTRIES_MAX);
	for (size_t i = 0; i < index->manifests.n; i++)
		if (add_referrer(s, &index->manifests.items[i], e) < 0)
			return -1;
	return 0;
}

static int
search_fallback_tag(struct search *s, struct err *e)
{
	AUTO(manifest) struct manifest *index = NULL;
	AUTO(str) char *tag = digest_tag(s->image_digest, "");
	AUTO(str)
	char *source =
	    str_printf("%s/%s:%s", s->repository.host, s->repository.path, tag);
	size_t seen = 0;

	if (fetch_manifest(s, tag, &index, e) == 0)
		return add_referrers(s, index, &seen, e);
	if (e->code == ERR_NOT_FOUND)
		return 0;
	return concerns_one(e) ? add_skipped(s, source, e, e) : -1;
}

/* Answers by which registries say that they have no such API; some serve a page
 * for people instead. */
static bool
has_no_referrers(const struct http_response *answer)
{
	const char *type = str_map_get(&answer->headers, "content-type");
	long status = answer->status;

	if (status == 200)
		return type == NULL || !str_starts(type, MEDIA_OCI_INDEX);
	return status == 404 || status == 400 || status == 405 ||
	       status == 406 || status == 501;
}

/* Link: </v2/…?n=…>; rel="next" (RFC 8288): what stands behind "/v2/<name>/",
 * in the same repository; NULL if there is no such link. */
static char *
next_page(const struct search *s, const struct http_response *answer)
{
	const char *link = str_map_get(&answer->headers, "link");
	AUTO(str) char *prefix = str_printf("/v2/%s/", s->repository.path);
	const char *path, *end;

	if (link == NULL || strstr(link, "rel=\"next\"") == NULL)
		return NULL;
	path = strstr(link, prefix);
	end = path == NULL ? NULL : strchr(path, '>');
	if (end == NULL || memchr(path, ' ', (size_t)(end - path)) != NULL)
		return NULL;
	path += strlen(prefix);
	return mem_strndup(path, (size_t)(end - path));
}

static int
search_referrers(struct search *s, struct err *e)
{
	AUTO(str) char *what = str_printf("referrers/%s", s->image_digest);
	size_t seen = 0;

	for (int page = 0; what != NULL; page++) {
		AUTO(http_response) struct http_response answer = { 0 };
		AUTO(manifest) struct manifest *index = NULL;
		struct registry_get get = { &s->repository, what,
			MEDIA_OCI_INDEX, MANIFEST_SIZE_MAX };

		if (page == REFERRERS_PAGES_MAX)
			return err_set(e, ERR_LIMIT,
			    "more than %d pages of referrers",
			    REFERRERS_PAGES_MAX);
		if (registry_get(s->session, &get, &answer, e) < 0)
			return -1;
		if (page == 0 && has_no_referrers(&answer))
			return search_fallback_tag(s, e);
		if (answer.status != 200)
			return registry_status_error(&get, answer.status, e);
		if (manifest_parse(buf_slice(&answer.body), NULL, &index, e) <
			0 ||
		    add_referrers(s, index, &seen, e) < 0)
			return err_wrap(e, "referrers");
		free(what);
		what = next_page(s, &answer);
	}
	return 0;
}

/* "registry.example.com/signatures", or beside the image. */
static int
place(const struct reference *ref, const char *where, struct repository *ret,
    struct err *e)
{
	AUTO(reference) struct reference *other = NULL;

	if (where != NULL && reference_parse(slice_str(where), &other, e) < 0)
		return err_wrap(e, "signature repository");
	if (other == NULL) {
		ret->host = mem_strdup(ref->registry);
		ret->path = mem_strdup(ref->repository);
		ret->home = true;
		return 0;
	}
	ret->host = mem_strdup(other->registry);
	ret->path = mem_strdup(other->repository);
	ret->home = strcmp(other->registry, ref->registry) == 0;
	return 0;
}

int
registry_signatures(struct registry_session *session,
    const struct reference *ref, const char *image_digest,
    const struct registry_where *where, struct evidence **ret, struct err *e)
{
	AUTO(evidence) struct evidence *ev = evidence_new(image_digest);
	struct search s = {
		.session = session,
		.image_digest = image_digest,
		.evidence = ev,
	};
	int r;

	if (place(ref, where->repository, &s.repository, e) < 0)
		return -1;
	r = search_tag(&s, ".sig", e);
	if (r == 0 && where->attestations)
		r = search_tag(&s, ".att", e);
	if (r == 0)
		r = search_referrers(&s, e);
	repository_clear(&s.repository);
	if (r < 0)
		return -1;
	*ret = TAKE(ev);
	return 0;
}

/* Manifests and indexes: OCI image specification 1.1 and Docker schema 2. */
#include "image/manifest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "image/digest.h"

/* No size is larger, and every reader of JSON agrees on numbers up to here. */
#define SIZE_LIMIT ((int64_t)1 << 53)

static const struct {
	const char *media_type;
	bool index;
} kinds[] = {
	{ MEDIA_OCI_MANIFEST, false },
	{ MEDIA_DOCKER_MANIFEST, false },
	{ MEDIA_OCI_INDEX, true },
	{ MEDIA_DOCKER_LIST, true },
};

static int
read_annotations(const struct json *j, struct str_map *ret, struct err *e)
{
	if (j == NULL || json_is_null(j))
		return 0;
	if (!json_is_object(j))
		return err_set(e, ERR_MALFORMED, "annotations are no object");
	if (json_count(j) > ANNOTATIONS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d annotations",
		    ANNOTATIONS_MAX);
	for (void *it = json_iter(j); it != NULL; it = json_next(j, it)) {
		const char *value = json_text(json_iter_value(it));

		if (value == NULL)
			return err_set(e, ERR_MALFORMED,
			    "an annotation is no string");
		str_map_set(ret, json_iter_key(it), value);
	}
	return 0;
}

static int
read_descriptor(const struct json *j, struct descriptor *ret, struct err *e)
{
	const char *media_type = json_get_text(j, "mediaType");
	const char *digest = json_get_text(j, "digest");
	int64_t size;

	if (media_type == NULL || digest == NULL)
		return err_set(e, ERR_MALFORMED,
		    "a descriptor has no mediaType or no digest");
	if (!digest_is_valid(digest))
		return err_set(e, ERR_MALFORMED,
		    "a descriptor has no valid digest: %.160s", digest);
	if (!json_int(json_get(j, "size"), &size) || size < 0 ||
	    size > SIZE_LIMIT)
		return err_set(e, ERR_MALFORMED,
		    "a descriptor has no valid size");
	ret->media_type = mem_strdup(media_type);
	ret->digest = mem_strdup(digest);
	ret->size = (uint64_t)size;
	ret->artifact_type = mem_strdup_null(json_get_text(j, "artifactType"));
	return read_annotations(json_get(j, "annotations"), &ret->annotations,
	    e);
}

static int
read_list(const struct json *j, const char *what, size_t max,
    struct descriptor_list *ret, struct err *e)
{
	size_t n = json_count(j);

	if (!json_is_array(j))
		return err_set(e, ERR_MALFORMED, "%s is no list", what);
	if (n > max)
		return err_set(e, ERR_LIMIT, "more than %zu %s", max, what);
	ret->items = mem_zalloc(n * sizeof(*ret->items));
	ret->cap = n;
	for (size_t i = 0; i < n; i++) {
		ret->n++;
		if (read_descriptor(json_at(j, i), &ret->items[i], e) < 0)
			return err_wrap(e, "%s[%zu]", what, i);
	}
	return 0;
}

/* What it is: by its own word, by the registry's, and both must agree. */
static int
decide_type(const struct json *j, const char *content_type, const char **ret,
    struct err *e)
{
	const char *own = json_get_text(j, "mediaType");
	size_t len = content_type == NULL ? 0 : strcspn(content_type, "; \t");
	const char *type = own;

	for (size_t i = 0; type == NULL && i < COUNT_OF(kinds); i++)
		if (len > 0 && strlen(kinds[i].media_type) == len &&
		    strncmp(content_type, kinds[i].media_type, len) == 0)
			type = kinds[i].media_type;
	if (type == NULL)
		return err_set(e, ERR_MALFORMED,
		    "manifest without a known media type");
	if (own != NULL && len > 0 &&
	    (strlen(own) != len || strncmp(content_type, own, len) != 0))
		return err_set(e, ERR_MALFORMED,
		    "manifest says it is %.100s, the registry says %.100s", own,
		    content_type);
	*ret = type;
	return 0;
}

static int
find_kind(const char *media_type, bool *ret_index, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (strcmp(kinds[i].media_type, media_type) != 0)
			continue;
		*ret_index = kinds[i].index;
		return 0;
	}
	return err_set(e, ERR_UNSUPPORTED,
	    "manifest of media type %.100s is not supported", media_type);
}

static int
read_optional_descriptor(const struct json *j, const char *what,
    struct descriptor *ret, struct err *e)
{
	if (j == NULL || json_is_null(j))
		return 0;
	if (read_descriptor(j, ret, e) < 0)
		return err_wrap(e, "%s", what);
	return 0;
}

static int
read_body(const struct json *j, bool index, struct manifest *m, struct err *e)
{
	const struct json *layers = json_get(j, "layers");
	const struct json *manifests = json_get(j, "manifests");

	if (layers != NULL && manifests != NULL)
		return err_set(e, ERR_MALFORMED,
		    "manifest has both layers and manifests");
	if (read_optional_descriptor(json_get(j, "subject"), "subject",
		&m->subject, e) < 0 ||
	    read_annotations(json_get(j, "annotations"), &m->annotations, e) <
		0)
		return -1;
	if (index)
		return read_list(manifests, "manifests", INDEX_ENTRIES_MAX,
		    &m->manifests, e);
	if (read_optional_descriptor(json_get(j, "config"), "config",
		&m->config, e) < 0)
		return -1;
	return read_list(layers, "layers", MANIFEST_LAYERS_MAX, &m->layers, e);
}

/*
 * Is it this name to a reader that, as Go's encoding/json, makes no difference
 * between upper and lower case?  To that, two letters beyond ASCII are s and k.
 */
static bool
folds_to(const char *key, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == 's' && strncmp(key, "\xc5\xbf", 2) == 0)
			key += 2;
		else if (*name == 'k' && strncmp(key, "\xe2\x84\xaa", 3) == 0)
			key += 3;
		else if (tolower((unsigned char)*key) ==
			 tolower((unsigned char)*name))
			key++;
		else
			return false;
	}
	return *key == '\0';
}

/* A key that a runtime takes for one of these, and we would not. */
static int
check_keys(const struct json *j, struct err *e)
{
	static const char *const names[] = { "schemaVersion", "mediaType",
		"artifactType", "config", "layers", "manifests", "subject",
		"annotations" };

	for (void *it = json_iter(j); it != NULL; it = json_next(j, it))
		for (size_t i = 0; i < COUNT_OF(names); i++)
			if (folds_to(json_iter_key(it), names[i]) &&
			    strcmp(json_iter_key(it), names[i]) != 0)
				return err_set(e, ERR_MALFORMED,
				    "manifest spells \"%s\" in another way",
				    names[i]);
	return 0;
}

int
manifest_parse(struct slice bytes, const char *content_type,
    struct manifest **ret, struct err *e)
{
	AUTO(json) struct json *j = NULL;
	AUTO(manifest) struct manifest *m = MEM_NEW(struct manifest);
	const char *media_type;
	bool index;

	if (bytes.len > MANIFEST_SIZE_MAX)
		return err_set(e, ERR_LIMIT, "manifest is larger than %u MiB",
		    MANIFEST_SIZE_MAX >> 20);
	if (json_parse(bytes, &j, e) < 0)
		return err_wrap(e, "manifest");
	if (!json_is_object(j))
		return err_set(e, ERR_MALFORMED, "manifest is no object");
	if (check_keys(j, e) < 0 ||
	    decide_type(j, content_type, &media_type, e) < 0 ||
	    find_kind(media_type, &index, e) < 0)
		return -1;
	m->media_type = mem_strdup(media_type);
	m->artifact_type = mem_strdup_null(json_get_text(j, "artifactType"));
	if (read_body(j, index, m, e) < 0)
		return -1;
	*ret = TAKE(m);
	return 0;
}

void
descriptor_copy(struct descriptor *to, const struct descriptor *from)
{
	to->media_type = mem_strdup_null(from->media_type);
	to->digest = mem_strdup_null(from->digest);
	to->sha256 = mem_strdup_null(from->sha256);
	to->size = from->size;
	to->artifact_type = mem_strdup_null(from->artifact_type);
	str_map_copy(&to->annotations, &from->annotations);
}

void
descriptor_clear(struct descriptor *d)
{
	free(d->media_type);
	free(d->digest);
	free(d->sha256);
	free(d->artifact_type);
	str_map_clear(&d->annotations);
	*d = (struct descriptor){ 0 };
}

void
descriptor_list_clear(struct descriptor_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		descriptor_clear(&list->items[i]);
	free(list->items);
	*list = (struct descriptor_list){ 0 };
}

void
manifest_free(struct manifest *m)
{
	if (m == NULL)
		return;
	free(m->media_type);
	free(m->artifact_type);
	descriptor_clear(&m->config);
	descriptor_clear(&m->subject);
	descriptor_list_clear(&m->layers);
	descriptor_list_clear(&m->manifests);
	str_map_clear(&m->annotations);
	free(m);
}

/* Evidence as JSON. */
#include "gate/evidence_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "image/digest.h"
#include "policy/describe.h"
#include "signature/signature.h"

static struct json *
item_json(const struct evidence_item *item)
{
	struct json *j = json_new_object();
	AUTO(str) char *blob = base64_encode(item->blob);

	json_set_text(j, "source", item->source);
	json_set_text(j, "mediaType", item->media_type);
	json_set_text(j, "digest", item->blob_digest);
	json_set(j, "annotations", describe_pairs(&item->annotations));
	if (item->skipped != NULL)
		json_set_text(j, "skipped", item->skipped);
	else
		json_set_text(j, "blob", blob);
	return j;
}

struct json *
evidence_items_json(const struct evidence *ev)
{
	struct json *items = json_new_array();

	for (size_t i = 0; i < ev->n; i++)
		json_add(items, item_json(&ev->items[i]));
	return items;
}

static int
read_annotations(const struct json *object, struct str_map *ret, struct err *e)
{
	for (void *it = json_iter(object); it != NULL;
	     it = json_next(object, it)) {
		const char *value = json_text(json_iter_value(it));

		if (value == NULL)
			return err_set(e, ERR_MALFORMED,
			    "an annotation is no text");
		str_map_set(ret, json_iter_key(it), value);
	}
	return 0;
}

/* The bytes, which must be what the digest says. */
static int
read_blob(const struct json *j, struct evidence_item *item, struct err *e)
{
	AUTO(buf) struct buf bytes = buf_with_max(SIGNATURE_BLOB_MAX);
	const char *blob = json_get_text(j, "blob");
	uint8_t *copy;

	if (blob == NULL)
		return err_set(e, ERR_MALFORMED, "an item without a blob");
	if (base64_decode(slice_str(blob), &bytes, e) < 0 ||
	    digest_check(buf_slice(&bytes), item->blob_digest, e) < 0)
		return -1;
	copy = mem_alloc(bytes.len + 1);
	memcpy(copy, buf_slice(&bytes).ptr, bytes.len);
	item->blob = slice_of(copy, bytes.len);
	return 0;
}

static int
read_item(const struct json *j, struct evidence *ev, struct err *e)
{
	const char *source = json_get_text(j, "source");
	const char *media_type = json_get_text(j, "mediaType");
	const char *digest = json_get_text(j, "digest");
	const char *skipped = json_get_text(j, "skipped");
	struct evidence_item *item;

	if (source == NULL || media_type == NULL || digest == NULL)
		return err_set(e, ERR_MALFORMED,
		    "an item without source, mediaType or digest");
	if (ev->n == EVIDENCE_ITEMS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d items",
		    EVIDENCE_ITEMS_MAX);
	item = evidence_add(ev);
	item->source = mem_strdup(source);
	item->media_type = mem_strdup(media_type);
	item->blob_digest = mem_strdup(digest);
	item->skipped = mem_strdup_null(skipped);
	if (read_annotations(json_get(j, "annotations"), &item->annotations,
		e) < 0)
		return -1;
	return skipped != NULL ? 0 : read_blob(j, item, e);
}

int
evidence_items_read(const struct json *items, const char *image_digest,
    struct evidence **ret, struct err *e)
{
	AUTO(evidence) struct evidence *ev = evidence_new(image_digest);

	for (size_t i = 0; i < json_count(items); i++)
		if (read_item(json_at(items, i), ev, e) < 0)
			return -1;
	*ret = TAKE(ev);
	return 0;
}

struct json *
evidence_target_json(const struct descriptor *target)
{
	struct json *j = json_new_object();

	json_set_text(j, "mediaType", target->media_type);
	json_set_text(j, "digest", target->digest);
	if (target->sha256 != NULL)
		json_set_text(j, "sha256", target->sha256);
	json_set_integer(j, "size", (int64_t)target->size);
	if (target->annotations.n > 0)
		json_set(j, "annotations",
		    describe_pairs(&target->annotations));
	return j;
}

int
evidence_target_read(const struct json *j, struct descriptor *ret,
    struct err *e)
{
	const char *media_type = json_get_text(j, "mediaType");
	const char *digest = json_get_text(j, "digest");
	int64_t size = 0;

	if (media_type == NULL || digest == NULL || !digest_is_valid(digest) ||
	    !json_int(json_get(j, "size"), &size) || size < 0)
		return err_set(e, ERR_MALFORMED, "no target");
	ret->media_type = mem_strdup(media_type);
	ret->digest = mem_strdup(digest);
	ret->sha256 = mem_strdup_null(json_get_text(j, "sha256"));
	ret->size = (uint64_t)size;
	return read_annotations(json_get(j, "annotations"), &ret->annotations,
	    e);
}

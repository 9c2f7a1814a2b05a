/* How a signature becomes a proof. */
#include "signature/signature.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "signature/format.h"
#include "signature/proof_private.h"
#include "trust/key.h"

static const struct sig_format *const formats[] = {
	&format_simple,
	&format_bundle,
};

static const struct sig_format *
format_of(const char *media_type)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		for (size_t k = 0; formats[i]->media_types[k] != NULL; k++)
			if (strcmp(formats[i]->media_types[k], media_type) == 0)
				return formats[i];
	return NULL;
}

bool
signature_format_known(const char *media_type)
{
	return format_of(media_type) != NULL;
}

static struct slice
content_of(const struct signed_bytes *b)
{
	assert(b->content_at <= b->message.len);
	return slice_of(b->message.ptr + b->content_at,
	    b->message.len - b->content_at);
}

int
signature_verify(const struct evidence_item *item, const struct key *key,
    const char *image_digest, struct proof **ret, struct err *e)
{
	const struct sig_format *format = format_of(item->media_type);
	AUTO(signed_bytes)
	struct signed_bytes bytes = {
		.message = buf_with_max(2 * SIGNATURE_BLOB_MAX),
		.signature = buf_with_max(SIGNATURE_BLOB_MAX),
	};
	AUTO(statement) struct statement said = { 0 };

	if (format == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "media type %.100s is no known signature",
		    item->media_type);
	if (item->blob.len > SIGNATURE_BLOB_MAX)
		return err_set(e, ERR_LIMIT, "signature is larger than %u MiB",
		    SIGNATURE_BLOB_MAX >> 20);
	if (format->open(item, &bytes, e) < 0)
		return -1;
	if (key_verify(key, buf_slice(&bytes.message),
		buf_slice(&bytes.signature), e) < 0)
		return -1;

	/* What was signed is not read before this line. */
	if (format->read(content_of(&bytes), image_digest, &said, e) < 0)
		return -1;
	*ret = proof_new(&(struct proof_init){
	    .kind = said.kind,
	    .format = format->name,
	    .image_digest = image_digest,
	    .key = key_fingerprint(key),
	    .source = item->source,
	    .predicate_type = said.predicate_type,
	    .reference = said.reference,
	    .annotations = &said.annotations,
	});
	return 0;
}

void
signed_bytes_clear(struct signed_bytes *s)
{
	buf_clear(&s->message);
	buf_clear(&s->signature);
}

void
statement_clear(struct statement *s)
{
	free(s->predicate_type);
	free(s->reference);
	str_map_clear(&s->annotations);
	*s = (struct statement){ 0 };
}

int
statement_annotations(const struct json *object, struct str_map *ret,
    struct err *e)
{
	if (object == NULL || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return err_set(e, ERR_MALFORMED,
		    "signed annotations are no object");
	if (json_count(object) > STATEMENT_ANNOTATIONS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d signed annotations",
		    STATEMENT_ANNOTATIONS_MAX);
	for (void *it = json_iter(object); it != NULL;
	     it = json_next(object, it)) {
		const char *value = json_text(json_iter_value(it));

		if (value != NULL)
			str_map_set(ret, json_iter_key(it), value);
	}
	return 0;
}

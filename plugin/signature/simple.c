/*
 * cosign's older form, "simple signing": the layer is the signed payload, the
 * signature stands in an annotation of the layer's descriptor.  cosign
 * specs/SIGNATURE_SPEC.md, containers atomic signature format.
 */
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "signature/attached.h"
#include "signature/format.h"

#define ANNOTATION "dev.cosignproject.cosign/signature"
#define TYPE       "cosign container image signature"

static int
simple_open(const struct evidence_item *item, struct sealed *ret, struct err *e)
{
	const char *text = str_map_get(&item->annotations, ANNOTATION);

	if (text == NULL || text[0] == '\0')
		return err_set(e, ERR_MALFORMED,
		    "layer without a %s annotation", ANNOTATION);
	if (base64_decode(slice_str(text), &ret->signature, e) < 0)
		return err_wrap(e, "signature annotation");
	if (buf_append(&ret->message, item->blob.ptr, item->blob.len) < 0)
		return err_set(e, ERR_LIMIT, "signature payload is too large");
	return attached_read(item, ret, e);
}

static int
check_critical(const struct json *critical, const char *image_digest,
    struct err *e)
{
	const char *type = json_get_text(critical, "type");
	const char *digest = json_get_text(json_get(critical, "image"),
	    "docker-manifest-digest");

	if (type == NULL || digest == NULL ||
	    !json_is_object(json_get(critical, "identity")))
		return err_set(e, ERR_MALFORMED,
		    "signed payload lacks critical.type, critical.identity or critical.image.docker-manifest-digest");
	if (strcmp(type, TYPE) != 0)
		return err_set(e, ERR_WRONG_TYPE,
		    "signed payload is of type \"%.80s\", not \"%s\"", type,
		    TYPE);
	if (strcmp(digest, image_digest) != 0)
		return err_set(e, ERR_OTHER_IMAGE,
		    "signature is for another image: digest mismatch, signed %.160s",
		    digest);
	return 0;
}

static int
simple_read(struct slice content, const char *image_digest,
    struct statement *ret, struct err *e)
{
	AUTO(json) struct json *payload = NULL;

	if (json_parse(content, &payload, e) < 0)
		return err_wrap(e, "signed payload");
	if (check_critical(json_get(payload, "critical"), image_digest, e) < 0)
		return -1;
	ret->kind = PROOF_SIGNATURE;
	ret->reference = mem_strdup_null(
	    json_get_text(json_get(json_get(payload, "critical"), "identity"),
		"docker-reference"));
	return statement_annotations(json_get(payload, "optional"),
	    &ret->annotations, e);
}

const struct sig_format format_simple = {
	.name = "cosign",
	.media_types = { "application/vnd.dev.cosign.simplesigning.v1+json" },
	.open = simple_open,
	.read = simple_read,
};

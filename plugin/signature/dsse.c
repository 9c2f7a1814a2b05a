/* DSSE envelopes and the in-toto statements in them. */
#include "signature/dsse.h"

#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "image/digest.h"

#define PAYLOAD_TYPE   "application/vnd.in-toto+json"
#define SIGN_PREDICATE "https://sigstore.dev/cosign/sign/v1"
#define SUBJECTS_MAX   1024

static const char *const statement_types[] = {
	"https://in-toto.io/Statement/v1",
	"https://in-toto.io/Statement/v0.1",
};

/* PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body. */
static int
make_pae(struct slice body, struct sealed *ret, struct err *e)
{
	struct buf *m = &ret->message;

	if (buf_printf(m, "DSSEv1 %zu %s %zu ", strlen(PAYLOAD_TYPE),
		PAYLOAD_TYPE, body.len) < 0)
		return err_set(e, ERR_INTERNAL, "no room for a DSSE encoding");
	ret->content_at = m->len;
	if (buf_append(m, body.ptr, body.len) < 0)
		return err_set(e, ERR_LIMIT, "DSSE payload is too large");
	return 0;
}

int
dsse_open(const struct json *envelope, struct sealed *ret, struct err *e)
{
	const char *type = json_get_text(envelope, "payloadType");
	const char *payload = json_get_text(envelope, "payload");
	const struct json *signatures = json_get(envelope, "signatures");
	const char *sig = json_get_text(json_at(signatures, 0), "sig");
	AUTO(buf) struct buf body = buf_with_max(ret->message.max / 2);

	if (type == NULL || payload == NULL || !json_is_array(signatures))
		return err_set(e, ERR_MALFORMED,
		    "DSSE envelope lacks payload, payloadType or signatures");
	if (strcmp(type, PAYLOAD_TYPE) != 0)
		return err_set(e, ERR_WRONG_TYPE,
		    "DSSE payload is of type \"%.80s\", not \"%s\"", type,
		    PAYLOAD_TYPE);
	if (json_count(signatures) != 1 || sig == NULL)
		return err_set(e, ERR_MALFORMED,
		    "DSSE envelope has %zu signatures, not exactly one",
		    json_count(signatures));
	if (base64_decode(slice_str(sig), &ret->signature, e) < 0)
		return err_wrap(e, "DSSE signature");
	if (base64_decode(slice_str(payload), &body, e) < 0)
		return err_wrap(e, "DSSE payload");
	ret->is_dsse = true;
	return make_pae(buf_slice(&body), ret, e);
}

/* Does a subject name this image?  Its hexadecimal digits, all of them. */
static bool
subject_is(const struct json *subject, const char *image_digest)
{
	const char *hex = digest_hex(image_digest);
	AUTO(str)
	char *algorithm =
	    mem_strndup(image_digest, (size_t)(hex - 1 - image_digest));
	const char *said =
	    json_get_text(json_get(subject, "digest"), algorithm);

	return said != NULL && strcmp(said, hex) == 0;
}

static int
find_subject(const struct json *statement, const char *image_digest,
    const struct json **ret, struct err *e)
{
	const struct json *subjects = json_get(statement, "subject");
	size_t n = json_count(subjects);

	if (!json_is_array(subjects) || n == 0)
		return err_set(e, ERR_MALFORMED, "statement has no subject");
	if (n > SUBJECTS_MAX)
		return err_set(e, ERR_LIMIT,
		    "statement has more than %d subjects", SUBJECTS_MAX);
	for (size_t i = 0; i < n; i++) {
		*ret = json_at(subjects, i);
		if (subject_is(*ret, image_digest))
			return 0;
	}
	return err_set(e, ERR_OTHER_IMAGE,
	    "signature is for another image: digest mismatch, no subject of the statement is %s",
	    image_digest);
}

static bool
is_statement_type(const char *type)
{
	for (size_t i = 0; i < COUNT_OF(statement_types); i++)
		if (strcmp(statement_types[i], type) == 0)
			return true;
	return false;
}

int
dsse_read(struct slice body, const char *image_digest, struct statement *ret,
    struct err *e)
{
	AUTO(json) struct json *statement = NULL;
	const struct json *subject = NULL;
	const char *type, *predicate;

	if (json_parse(body, &statement, e) < 0)
		return err_wrap(e, "signed statement");
	type = json_get_text(statement, "_type");
	predicate = json_get_text(statement, "predicateType");
	if (type == NULL || predicate == NULL || predicate[0] == '\0')
		return err_set(e, ERR_MALFORMED,
		    "statement lacks _type or predicateType");
	if (!is_statement_type(type))
		return err_set(e, ERR_WRONG_TYPE,
		    "statement is of type \"%.80s\"", type);
	if (find_subject(statement, image_digest, &subject, e) < 0)
		return -1;
	ret->kind = strcmp(predicate, SIGN_PREDICATE) == 0 ? PROOF_SIGNATURE
							   : PROOF_ATTESTATION;
	ret->predicate_type = mem_strdup(predicate);
	if (json_get(statement, "predicate") != NULL)
		ret->predicate =
		    json_print(json_get(statement, "predicate"), false);
	return statement_annotations(json_get(subject, "annotations"),
	    &ret->annotations, e);
}

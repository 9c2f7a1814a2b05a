/*
 * The newer form: a sigstore bundle as the layer of a referrer.  Here the
 * bundles that were made with a key; sigstore/protobuf-specs,
 * sigstore_bundle.proto.
 */
#include <string.h>

#include "base/json.h"
#include "signature/dsse.h"
#include "signature/format.h"

/* The member that says how the bundle was signed: exactly one of these. */
static const char *const materials[] = { "publicKey", "certificate",
	"x509CertificateChain" };

static int
check_material(const struct json *material, struct err *e)
{
	size_t present = 0;

	for (size_t i = 0; i < COUNT_OF(materials); i++)
		present += json_get(material, materials[i]) != NULL;
	if (present != 1)
		return err_set(e, ERR_MALFORMED,
		    "bundle's verificationMaterial has %zu keys or certificates, not exactly one",
		    present);
	if (json_get(material, "publicKey") == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "bundle was signed with a certificate, not with a key");
	return 0;
}

/* The media type inside is the bundle's own word about its version. */
static int
check_version(const struct json *bundle, struct err *e)
{
	const char *type = json_get_text(bundle, "mediaType");

	if (type == NULL)
		return err_set(e, ERR_MALFORMED, "bundle without a mediaType");
	for (size_t i = 0; format_bundle.media_types[i] != NULL; i++)
		if (strcmp(format_bundle.media_types[i], type) == 0)
			return 0;
	return err_set(e, ERR_UNSUPPORTED,
	    "bundle of media type \"%.100s\" is not supported", type);
}

static int
bundle_open(const struct evidence_item *item, struct signed_bytes *ret,
    struct err *e)
{
	AUTO(json) struct json *bundle = NULL;
	const struct json *envelope, *message;

	if (json_parse(item->blob, &bundle, e) < 0)
		return err_wrap(e, "bundle");
	if (check_version(bundle, e) < 0 ||
	    check_material(json_get(bundle, "verificationMaterial"), e) < 0)
		return -1;
	envelope = json_get(bundle, "dsseEnvelope");
	message = json_get(bundle, "messageSignature");
	if ((envelope == NULL) == (message == NULL))
		return err_set(e, ERR_MALFORMED,
		    "bundle must have either a dsseEnvelope or a messageSignature");
	if (envelope == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "bundle with a messageSignature is no image signature");
	return dsse_open(envelope, ret, e);
}

const struct sig_format format_bundle = {
	.name = "bundle",
	.media_types = {
	    "application/vnd.dev.sigstore.bundle.v0.3+json",
	    "application/vnd.dev.sigstore.bundle+json;version=0.3",
	    "application/vnd.dev.sigstore.bundle+json;version=0.2",
	    "application/vnd.dev.sigstore.bundle+json;version=0.1",
	},
	.open = bundle_open,
	.read = dsse_read,
};

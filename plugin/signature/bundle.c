/*
 * The newer form: a sigstore bundle as the layer of a referrer, or a file
 * beside an artifact.  sigstore/protobuf-specs, sigstore_bundle.proto and its
 * JSON.
 */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "signature/dsse.h"
#include "signature/entry_json.h"
#include "signature/fields.h"
#include "signature/format.h"

/* What each version asks of log entries; who does not know a version cannot
 * say. */
static const struct version {
	const char *media_type;
	bool needs_promise, needs_proof;
	bool chain; /* may have several certificates */
} versions[] = {
	/* clang-format off */
	{ "application/vnd.dev.sigstore.bundle.v0.3+json",        false, true,  false },
	{ "application/vnd.dev.sigstore.bundle+json;version=0.3", false, true,  false },
	{ "application/vnd.dev.sigstore.bundle+json;version=0.2", false, true,  true },
	{ "application/vnd.dev.sigstore.bundle+json;version=0.1", true,  false, true },
	/* clang-format on */
};

/* The media type inside is the bundle's own word about its version. */
static const struct version *
version_of(const struct json *bundle, struct err *e)
{
	const char *type = json_get_text(bundle, "mediaType");

	if (type == NULL) {
		(void)err_set(e, ERR_MALFORMED, "bundle without a mediaType");
		return NULL;
	}
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		if (strcmp(versions[i].media_type, type) == 0)
			return &versions[i];
	(void)err_set(e, ERR_UNSUPPORTED,
	    "bundle of media type \"%.100s\" is not supported", type);
	return NULL;
}

static int
read_certificate(const struct json *j, struct certificate **ret, struct err *e)
{
	AUTO(buf) struct buf der = buf_with_max(CERTIFICATE_MAX + 3);

	if (field_bytes(j, "rawBytes", &der, e) < 0)
		return err_wrap(e, "bundle's certificate");
	return certificate_from_der(buf_slice(&der), ret, e);
}

/* The first is the signer's; the others may lead on from it. */
static int
read_chain(const struct json *j, struct sealed *ret, struct err *e)
{
	const struct json *list;
	size_t n;

	if (field_list(j, "certificates", CERTIFICATES_MAX, &list, &n, e) < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_MALFORMED,
		    "bundle's certificate chain is empty");
	if (read_certificate(json_at(list, 0), &ret->certificate, e) < 0)
		return -1;
	for (size_t i = 1; i < n; i++) {
		struct certificate *c = NULL;

		if (read_certificate(json_at(list, i), &c, e) < 0)
			return -1;
		certificates_own(&ret->chain, c);
		if (certificate_is_self_signed(c))
			return err_set(e, ERR_MALFORMED,
			    "bundle's certificate chain has a root, which is "
			    "not its to bring");
	}
	return 0;
}

/* The member that says how the bundle was signed: exactly one of these. */
static int
read_signer(const struct json *material, const struct version *v,
    struct sealed *ret, struct err *e)
{
	const struct json *key = json_get(material, "publicKey");
	const struct json *one = json_get(material, "certificate");
	const struct json *chain = json_get(material, "x509CertificateChain");
	int present = (key != NULL) + (one != NULL) + (chain != NULL);

	if (present != 1)
		return err_set(e, ERR_MALFORMED,
		    "bundle's verificationMaterial has %d keys or certificates, "
		    "not exactly one",
		    present);
	ret->names_key = key != NULL;
	if (one != NULL)
		return read_certificate(one, &ret->certificate, e);
	if (chain != NULL && !v->chain)
		return err_set(e, ERR_MALFORMED,
		    "bundle of version 0.3 has a chain of certificates");
	return chain == NULL ? 0 : read_chain(chain, ret, e);
}

static int
read_entries(const struct json *material, struct sealed *ret, struct err *e)
{
	const struct json *list;
	size_t n;

	if (field_list(material, "tlogEntries", SEALED_ENTRIES_MAX, &list, &n,
		e) < 0)
		return -1;
	sealed_make_entries(ret, n);
	for (size_t i = 0; i < n; i++) {
		struct log_entry *entry = &ret->entries[i];

		if (entry_read(json_at(list, i), entry, e) < 0)
			return err_wrap(e, "tlogEntries[%zu]", i);
		/* Before version 0.2 a proof had none, and showed nothing. */
		if (!ret->needs_proof && entry->checkpoint == NULL)
			entry->has_proof = false;
	}
	return 0;
}

static int
read_timestamps(const struct json *material, struct sealed *ret, struct err *e)
{
	const struct json *data =
	    json_get(material, "timestampVerificationData");
	const struct json *list;
	size_t n;

	if (field_list(data, "rfc3161Timestamps", SEALED_TIMESTAMPS_MAX, &list,
		&n, e) < 0)
		return -1;
	sealed_make_timestamps(ret, n);
	for (size_t i = 0; i < n; i++)
		if (field_bytes(json_at(list, i), "signedTimestamp",
			&ret->timestamps[i], e) < 0)
			return err_wrap(e, "rfc3161Timestamps[%zu]", i);
	return 0;
}

/* The digest beside it is a hint that nobody needs to believe. */
static int
read_message(const struct json *message, struct sealed *ret, struct err *e)
{
	ret->detached = true;
	return field_bytes(message, "signature", &ret->signature, e);
}

static int
read_content(const struct json *bundle, struct sealed *ret, struct err *e)
{
	const struct json *envelope = json_get(bundle, "dsseEnvelope");
	const struct json *message = json_get(bundle, "messageSignature");

	if ((envelope == NULL) == (message == NULL))
		return err_set(e, ERR_MALFORMED,
		    "bundle must have either a dsseEnvelope or a "
		    "messageSignature");
	return envelope == NULL ? read_message(message, ret, e)
				: dsse_open(envelope, ret, e);
}

static int
bundle_open(const struct evidence_item *item, struct sealed *ret, struct err *e)
{
	AUTO(json) struct json *bundle = NULL;
	const struct json *material;
	const struct version *v;

	if (json_parse(item->blob, &bundle, e) < 0)
		return err_wrap(e, "bundle");
	v = version_of(bundle, e);
	if (v == NULL)
		return -1;
	ret->needs_promise = v->needs_promise;
	ret->needs_proof = v->needs_proof;
	material = json_get(bundle, "verificationMaterial");
	if (read_signer(material, v, ret, e) < 0)
		return -1;
	if (ret->certificate != NULL)
		certificate_read_key(ret->certificate);
	if (read_content(bundle, ret, e) < 0 ||
	    read_entries(material, ret, e) < 0)
		return -1;
	return read_timestamps(material, ret, e);
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

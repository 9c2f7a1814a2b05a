/* Annotations of cosign's older forms. */
#include "signature/attached.h"

#include "base/json.h"
#include "signature/entry_json.h"
#include "signature/fields.h"

#define PREFIX "dev.sigstore.cosign/"

static const char *
annotation(const struct evidence_item *item, const char *name)
{
	const char *text = str_map_get(&item->annotations, name);

	return text == NULL || text[0] == '\0' ? NULL : text;
}

static int
read_certificate(const struct evidence_item *item, struct sealed *ret,
    struct err *e)
{
	const char *leaf = annotation(item, PREFIX "certificate");
	const char *chain = annotation(item, PREFIX "chain");
	AUTO(certificates) struct certificates own = { 0 };

	if (leaf == NULL)
		return 0;
	if (certificates_from_pem(leaf, &own, e) < 0)
		return err_wrap(e, "certificate annotation");
	if (own.n != 1)
		return err_set(e, ERR_MALFORMED,
		    "certificate annotation has %zu certificates, not exactly "
		    "one",
		    own.n);
	ret->certificate = certificate_ref(own.items[0]);
	certificate_read_key(ret->certificate);
	if (chain != NULL && certificates_from_pem(chain, &ret->chain, e) < 0)
		return err_wrap(e, "chain annotation");
	return 0;
}

static int
read_entry(const struct evidence_item *item, struct sealed *ret, struct err *e)
{
	const char *text = annotation(item, PREFIX "bundle");

	if (text == NULL)
		return 0;
	sealed_make_entries(ret, 1);
	if (entry_read_annotation(text, &ret->entries[0], e) < 0)
		return err_wrap(e, "bundle annotation");
	return 0;
}

static int
read_timestamp(const struct evidence_item *item, struct sealed *ret,
    struct err *e)
{
	const char *text = annotation(item, PREFIX "rfc3161timestamp");
	AUTO(json) struct json *j = NULL;

	if (text == NULL)
		return 0;
	sealed_make_timestamps(ret, 1);
	if (json_parse(slice_str(text), &j, e) < 0 ||
	    field_bytes(j, "SignedRFC3161Timestamp", &ret->timestamps[0], e) <
		0)
		return err_wrap(e, "rfc3161timestamp annotation");
	return 0;
}

int
attached_read(const struct evidence_item *item, struct sealed *ret,
    struct err *e)
{
	if (read_certificate(item, ret, e) < 0 || read_entry(item, ret, e) < 0)
		return -1;
	return read_timestamp(item, ret, e);
}

/*
 * cosign's older form of attestations: the layer is a DSSE envelope; what
 * belongs to it stands in annotations (cosign specs/ATTESTATION_SPEC.md).
 */
#include "base/json.h"
#include "signature/attached.h"
#include "signature/dsse.h"
#include "signature/format.h"

static int
attestation_open(const struct evidence_item *item, struct sealed *ret,
    struct err *e)
{
	AUTO(json) struct json *envelope = NULL;

	if (json_parse(item->blob, &envelope, e) < 0)
		return err_wrap(e, "attestation");
	if (dsse_open(envelope, ret, e) < 0)
		return -1;
	ret->envelope = item->blob;
	return attached_read(item, ret, e);
}

const struct sig_format format_attestation = {
	.name = "cosign-attestation",
	.media_types = { "application/vnd.dsse.envelope.v1+json" },
	.open = attestation_open,
	.read = dsse_read,
};

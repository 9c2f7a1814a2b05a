/* The formats that signatures are written down in. */
#include "signature/signature.h"

#include <string.h>

#include "signature/format.h"

static const struct sig_format *const formats[] = {
	&format_simple,
	&format_attestation,
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

int
signature_open(const struct evidence_item *item, struct sealed *ret,
    struct err *e)
{
	const struct sig_format *format = format_of(item->media_type);

	*ret = (struct sealed){
		.format = format,
		.message = buf_with_max(2 * SIGNATURE_BLOB_MAX),
		.signature = buf_with_max(SIGNATURE_BLOB_MAX),
	};
	if (format == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "media type %.100s is no known signature",
		    item->media_type);
	if (item->blob.len > SIGNATURE_BLOB_MAX)
		return err_set(e, ERR_LIMIT, "signature is larger than %u MiB",
		    SIGNATURE_BLOB_MAX >> 20);
	return format->open(item, ret, e);
}

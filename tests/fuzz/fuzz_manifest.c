/* Any bytes as a manifest: what is taken has valid digests throughout. */
#include <stdlib.h>

#include "image/digest.h"
#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct descriptor_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!digest_is_valid(list->items[i].digest))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(manifest) struct manifest *m = NULL;
	struct err e;

	if (manifest_parse(slice_of(data, size), MEDIA_OCI_MANIFEST, &m, &e) <
	    0) {
		if (m != NULL)
			abort();
		return 0;
	}
	check(&m->layers);
	check(&m->manifests);
	return 0;
}

/* Any bytes as an image reference: what is taken is normal, and stays so. */
#include <stdlib.h>
#include <string.h>

#include "image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(reference) struct reference *ref = NULL;
	AUTO(reference) struct reference *again = NULL;
	struct err e;

	if (reference_parse(slice_of(data, size), &ref, &e) < 0) {
		if (ref != NULL || e.code != ERR_BAD_REFERENCE)
			abort();
		return 0;
	}
	if (reference_parse(slice_of(ref->text, strlen(ref->text)), &again,
		&e) < 0 ||
	    strcmp(ref->text, again->text) != 0)
		abort();
	return 0;
}

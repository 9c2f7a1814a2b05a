/* Any bytes as a trusted_root.json: what is taken has every part. */
#include <stdlib.h>

#include "trust/root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(trust_root) struct trust_root *root = NULL;
	struct err e;

	if (trust_root_parse(slice_of(data, size), &root, &e) < 0)
		return 0;
	for (size_t i = 0; i < root->cas.n; i++)
		if (root->cas.items[i].chain.n == 0)
			abort();
	for (size_t i = 0; i < root->tlogs.n; i++)
		if (root->tlogs.items[i].key == NULL)
			abort();
	return 0;
}

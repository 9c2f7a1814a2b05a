/* Any bytes as a timestamp response.  Nobody here has an authority's key. */
#include <stdlib.h>

#include "trust/builtin.h"
#include "trust/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trust_root *root;
	struct err e;
	size_t who;
	when t;

	if (root == NULL && trust_root_parse(trust_builtin(), &root, &e) < 0)
		abort();
	if (timestamp_verify(&root->tsas, slice_of(data, size),
		slice_str("nobody signed this"), &t, &who, &e) == 0)
		abort();
	return 0;
}

/* Any bytes as YAML: a tree that is no deeper than allowed, or a complaint. */
#include <stdlib.h>

#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
depth_of(const struct yaml_node *n, size_t budget)
{
	size_t deepest = 0, d;

	if (budget == 0)
		abort();
	for (size_t i = 0; i < n->n && i < 8; i++) {
		d = depth_of(n->items[i], budget - 1);
		deepest = d > deepest ? d : deepest;
	}
	return deepest + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(yaml) struct yaml_file *f = NULL;
	AUTO(diag) struct diag d = { 0 };

	if (yaml_parse(slice_of(data, size), "fuzz", &f, &d) < 0) {
		if (f != NULL || d.n == 0)
			abort();
		return 0;
	}
	for (size_t i = 0; i < yaml_doc_count(f) && i < 4; i++)
		(void)depth_of(yaml_doc_root(f, i), YAML_DEPTH_MAX + 2);
	return 0;
}

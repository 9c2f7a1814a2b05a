/* Any text as a checkpoint.  Nobody here has the log's key. */
#include <stdlib.h>

#include "base/mem.h"
#include "trust/builtin.h"
#include "trust/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trust_root *root;
	AUTO(str) char *text = mem_strndup((const char *)data, size);
	struct checkpoint c;
	struct err e;

	if (root == NULL && trust_root_parse(trust_builtin(), &root, &e) < 0)
		abort();
	for (size_t i = 0; i < root->tlogs.n; i++)
		for (int named = 0; named < 2; named++)
			if (checkpoint_verify(text, &root->tlogs.items[i],
				named != 0, &c, &e) == 0 &&
			    c.size == 0)
				abort();
	return 0;
}

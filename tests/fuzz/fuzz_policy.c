/* Documents of every kind, as they stand in files. */
#include "policy/document.h"
#include "policy_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target_load(data, size, document_read);
	return 0;
}

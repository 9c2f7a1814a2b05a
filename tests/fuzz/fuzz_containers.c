/* policy.json of containers/image. */
#include "policy/containers.h"
#include "policy_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target_load(data, size, containers_read);
	return 0;
}

/* sigstore's ClusterImagePolicy. */
#include "policy/cluster_image_policy.h"
#include "policy_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target_load(data, size, cluster_image_policy_read);
	return 0;
}

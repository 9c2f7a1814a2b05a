/* Kyverno's policies. */
#include "policy/kyverno.h"
#include "policy_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target_load(data, size, kyverno_cluster_policy_read);
	return 0;
}

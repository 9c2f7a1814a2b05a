/* What people expect of policies. */
#include "policy/policy_test.h"
#include "policy_target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target_load(data, size, policy_test_skip);
	return 0;
}

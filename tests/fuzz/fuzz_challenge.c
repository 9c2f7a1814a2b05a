/* Any header as a challenge: it ends, and nothing of it is lost. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "registry/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(challenge) struct challenge c = { 0 };
	AUTO(str) char *text = mem_strndup((const char *)data, size);

	challenge_parse(text, &c);
	if (c.kind == CHALLENGE_NONE && c.realm != NULL)
		abort();
	return 0;
}

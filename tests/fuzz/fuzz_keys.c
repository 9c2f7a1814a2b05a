/* Any text as PEM: whatever is taken has a fingerprint. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"
#include "keys/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(key_list) struct key_list keys = { 0 };
	AUTO(str) char *text = mem_strndup((const char *)data, size);
	struct err e;

	if (keys_from_pem(text, &keys, &e) < 0) {
		if (keys.n != 0 || e.code != ERR_CONFIG)
			abort();
		return 0;
	}
	for (size_t i = 0; i < keys.n; i++)
		if (!digest_is_valid(key_fingerprint(keys.items[i])))
			abort();
	return 0;
}

/* One rule for running out of memory, for the libraries too. */
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/mem.h"

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return size == 0 ? NULL : mem_alloc(size);
}

static void *
crypto_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (size > 0)
		return mem_realloc(p, size);
	free(p);
	return NULL;
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void
mem_adopt_libraries(void)
{
	json_set_alloc_funcs(mem_alloc, free);
	(void)CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc,
	    crypto_free);
}

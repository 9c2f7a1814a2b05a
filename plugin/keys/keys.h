#ifndef KEYS_KEYS_H
#define KEYS_KEYS_H

#include "base/auto.h"
#include "base/err.h"
#include "trust/key.h"

#define KEYS_FILE_MAX (64u << 10)
#define KEYS_MAX      64 /* PEM blocks in one source */

struct key_list {
	struct key **items; /* owned */
	size_t n;
	size_t cap;
};

void key_list_clear(struct key_list *list);
DEFINE_AUTO_INPLACE(key_list, struct key_list, key_list_clear);

/* All keys of a PEM text with one or more PUBLIC KEY blocks, appended to *ret,
 * which is untouched on failure.  Text between blocks is ignored; anything that
 * looks like a private key or a certificate is refused by name. */
int keys_from_pem(const char *pem, struct key_list *ret,
    struct err *e) MUST_CHECK;

/* The same from a file of at most KEYS_FILE_MAX bytes. */
int keys_from_file(const char *path, struct key_list *ret,
    struct err *e) MUST_CHECK;

#endif

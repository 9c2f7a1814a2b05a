#ifndef TRUST_PEM_H
#define TRUST_PEM_H

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"

/* PEM (RFC 7468): the blocks of a text, one after the other. */
struct pem_block {
	char *name; /* "PUBLIC KEY", "CERTIFICATE" */
	struct slice der;
};

/* The next block behind *at, which is moved on behind it; 1 if there is one, 0
 * at the end, -1 for a block that is broken or has headers.  Text between blocks
 * is passed over. */
int pem_next(struct slice *at, struct pem_block *ret, struct err *e) MUST_CHECK;
void pem_block_clear(struct pem_block *b);
DEFINE_AUTO_INPLACE(pem_block, struct pem_block, pem_block_clear);

#endif

#ifndef TRUST_DER_H
#define TRUST_DER_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/slice.h"

/* Pieces of DER (X.690) that a library has found to be DER already. */
#define DER_SEQUENCE   0x30
#define DER_EXTENSIONS 0xa3 /* [3] of a TBSCertificate */

/* One value: its tag, all its bytes, and those of its content.  Moves *from on;
 * false where there is none. */
struct der_value {
	uint8_t tag;
	struct slice whole, content;
};

bool der_take(struct slice *from, struct der_value *ret);

/* A value of this tag around the content. */
int der_put(struct buf *to, uint8_t tag, struct slice content) MUST_CHECK;

#endif

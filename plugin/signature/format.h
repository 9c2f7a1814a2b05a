#ifndef SIGNATURE_FORMAT_H
#define SIGNATURE_FORMAT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "signature/evidence.h"
#include "signature/sealed.h"
#include "signature/statement.h"

/*
 * One way of writing a signature down.  To add a format: write its file, name
 * it here and in signature.c's table.  Private to signature/.
 */
struct sig_format {
	const char *name;
	const char *media_types[6]; /* of the layer; NULL ends the list */

	/* Take the item apart.  Sees bytes nobody vouches for. */
	int (*open)(const struct evidence_item *item, struct sealed *ret,
	    struct err *e);

	/*
	 * Read what was signed, and see that it speaks of this digest.  Called
	 * on verified bytes only.
	 */
	int (*read)(struct slice content, const char *image_digest,
	    struct statement *ret, struct err *e);
};

extern const struct sig_format format_simple;      /* simple.c */
extern const struct sig_format format_attestation; /* attestation.c */
extern const struct sig_format format_bundle;      /* bundle.c */

#endif

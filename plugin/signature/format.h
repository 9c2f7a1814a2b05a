#ifndef SIGNATURE_FORMAT_H
#define SIGNATURE_FORMAT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "signature/evidence.h"
#include "signature/proof.h"

/*
 * One way of writing a signature down.  To add a format: write its file, name
 * it here and in signature.c's table.  Private to signature/.
 */

/* The bytes that were signed and the signature over them. */
struct signed_bytes {
	struct buf message;
	struct buf signature;
	size_t content_at; /* where in the message what read() wants begins */
};

/* What verified bytes say.  Filled only after the signature was good. */
struct statement {
	enum proof_kind kind;
	char *predicate_type;
	char *reference; /* the image's name, if the statement has one */
	struct str_map annotations;
};

/* No signature or statement has more. */
#define STATEMENT_ANNOTATIONS_MAX 256

struct sig_format {
	const char *name;
	const char *media_types[6]; /* of the layer; NULL ends the list */

	/* Take the item apart.  Sees bytes nobody vouches for. */
	int (*open)(const struct evidence_item *item, struct signed_bytes *ret,
	    struct err *e);

	/*
	 * Read what was signed, and see that it speaks of this digest.  Called
	 * on verified bytes only.
	 */
	int (*read)(struct slice content, const char *image_digest,
	    struct statement *ret, struct err *e);
};

extern const struct sig_format format_simple; /* simple.c */
extern const struct sig_format format_bundle; /* bundle.c */

void signed_bytes_clear(struct signed_bytes *s);
DEFINE_AUTO_INPLACE(signed_bytes, struct signed_bytes, signed_bytes_clear);

void statement_clear(struct statement *s);
DEFINE_AUTO_INPLACE(statement, struct statement, statement_clear);

struct json;

/* The string members of an object; others are no annotations.  NULL and null
 * are none. */
int statement_annotations(const struct json *object, struct str_map *ret,
    struct err *e) MUST_CHECK;

#endif

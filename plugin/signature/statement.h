#ifndef SIGNATURE_STATEMENT_H
#define SIGNATURE_STATEMENT_H

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "signature/proof.h"

/* What verified bytes say.  Filled only after the signature was good. */
struct statement {
	enum proof_kind kind;
	char *predicate_type;
	char *predicate; /* its JSON; NULL: none */
	char *reference; /* the image's name, if the statement has one */
	struct str_map annotations;
};

/* No signature or statement has more. */
#define STATEMENT_ANNOTATIONS_MAX 256

void statement_clear(struct statement *s);
DEFINE_AUTO_INPLACE(statement, struct statement, statement_clear);

/* The string members of an object; others are no annotations.  NULL and null
 * are none. */
int statement_annotations(const struct json *object, struct str_map *ret,
    struct err *e) MUST_CHECK;

#endif

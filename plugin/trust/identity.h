#ifndef TRUST_IDENTITY_H
#define TRUST_IDENTITY_H

#include "base/auto.h"
#include "base/str.h"
#include "trust/certificate.h"

/*
 * Whom Fulcio gave a certificate to (sigstore/fulcio, docs/oid-info.md and
 * docs/certificate-specification.md).
 */
struct identity {
	char *subject; /* e-mail address, URI, or Fulcio's otherName */
	char *issuer;  /* who vouched for it; NULL: not said */
	struct str_map extensions; /* by name and by OID: "githubWorkflowRef"
				      and "1.3.6.1.4.1.57264.1.6" */
};

/*
 * There must be one name, no more, and where the issuer is written twice both
 * must be the same.  Texts with NULs or that are no UTF-8 are refused, so is
 * what stands behind a value.  ERR_CERTIFICATE.
 */
int identity_read(const struct certificate *c, struct identity *ret,
    struct err *e) MUST_CHECK;
void identity_clear(struct identity *id);
DEFINE_AUTO_INPLACE(identity, struct identity, identity_clear);

#endif

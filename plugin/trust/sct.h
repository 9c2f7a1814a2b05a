#ifndef TRUST_SCT_H
#define TRUST_SCT_H

#include "trust/chain.h"

/*
 * Signed certificate timestamps in a certificate (RFC 6962, 3.2 and 3.3).  One
 * of a trusted log, in whose window it was made, is needed; those of other logs
 * are passed over.  ERR_CERTIFICATE if there is none that is good.
 */
int sct_verify(const struct certificate *c, const struct chain_issuer *issuer,
    const struct trust_logs *ctlogs, struct err *e) MUST_CHECK;

#endif

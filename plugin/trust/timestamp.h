#ifndef TRUST_TIMESTAMP_H
#define TRUST_TIMESTAMP_H

#include "trust/root.h"

#define TIMESTAMP_MAX (64u << 10)

/*
 * A timestamp (RFC 3161, TimeStampResp in DER) over message, by a trusted
 * authority in whose window and in whose certificates' times it was made.
 * Certificates in it are only used to lead to the authority; where the trusted
 * root names the authority's own certificate, that one must have signed.
 * *ret is the time, *who which authority of the list.  ERR_TIMESTAMP.
 */
int timestamp_verify(const struct trust_authorities *tsas, struct slice der,
    struct slice message, when *ret, size_t *who, struct err *e) MUST_CHECK;

#endif

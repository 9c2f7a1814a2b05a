#ifndef GATE_REPORT_H
#define GATE_REPORT_H

#include "gate/fetch.h"
#include "gate/findings.h"
#include "gate/ticket.h"

/*
 * Everything that was found out about one pull, for `pullgate verify`: image,
 * digest, verdict, each policy with its attestors and entries, each signature.
 * fetched and findings are NULL where nothing had to be fetched.
 */
struct json *report_make(const struct gate_ticket *t,
    const struct fetched *fetched, const struct findings *findings)
    __attribute__((returns_nonnull));

/* Of one signature: "format", "kind", "key", "subject", "issuer", "time", …. */
struct json *report_proof(const struct proof *p)
    __attribute__((returns_nonnull));

#endif

#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "base/json.h"
#include "policy/match.h"
#include "policy/model.h"

/*
 * What a set of policies makes of a pull before anything is fetched:
 * {"image", "namespace", "policies": [{"name", "at", "covers", "why", "action",
 * "failurePolicy", "timeoutMs", "reference": {…}, "digests": {"allow", "deny",
 * "listed"}, "onlyDenies", "attestors": [{"count", "of", "entries":
 * [policy/describe.h]}], "attestations": [{"type", "conditions",
 * "attestors"}]}], "exemptions": [{"name", "at", "covers", "why", "images",
 * "digests", "namespaces", "reason", "notAfter"}]}.  "why" says what keeps it
 * from covering the pull; "listed" is "allow" or "deny" if the pull names a
 * digest of the list.  now: seconds since 1970.
 */
struct json *policy_explain(const struct policy_set *set,
    const struct policy_facts *facts, int64_t now)
    __attribute__((returns_nonnull));

#endif

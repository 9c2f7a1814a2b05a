#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "base/json.h"
#include "policy/match.h"
#include "policy/model.h"

/*
 * What a set of policies makes of a pull before anything is fetched:
 * {"image", "namespace", "policies": [{"name", "at", "covers", "why", "action",
 * "failurePolicy", "timeoutMs", "reference": {…}, "attestors": [{"count", "of",
 * "entries": [policy/describe.h]}], "attestations": [{"type", "conditions",
 * "attestors"}]}]}.  "why" says what keeps a policy from covering it.
 */
struct json *policy_explain(const struct policy_set *set,
    const struct policy_facts *facts) __attribute__((returns_nonnull));

#endif

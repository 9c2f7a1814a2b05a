#ifndef POLICY_DESCRIBE_H
#define POLICY_DESCRIBE_H

#include "base/json.h"
#include "policy/exemption.h"
#include "policy/model.h"

/*
 * What an entry asks for, as JSON: {"kind": "keys" | "keyless" | "certificates"
 * | "attestor" | "pass" | "fail", "name", "repository", "annotations",
 * "predicateTypes", and by its kind: "from", "keys" (fingerprints);
 * "identities": [{"issuer", "subject"}]}.  A nested attestor is left to the
 * caller.
 */
struct json *describe_entry(const struct policy_entry *entry)
    __attribute__((returns_nonnull));

/* {"name", "count", "of"}; entries are left to the caller. */
struct json *describe_attestor(const struct policy_attestor *a)
    __attribute__((returns_nonnull));

/* {"allow", "deny"} */
struct json *describe_digests(const struct policy_digests *lists)
    __attribute__((returns_nonnull));

/* {"name", "images", "digests", "namespaces", "reason", "notAfter"} */
struct json *describe_exemption(const struct policy_exemption *x)
    __attribute__((returns_nonnull));

struct json *describe_texts(const struct str_list *list)
    __attribute__((returns_nonnull));

struct json *describe_pairs(const struct str_map *map)
    __attribute__((returns_nonnull));

#endif

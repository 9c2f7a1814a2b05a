#ifndef POLICY_CONTAINERS_SIGNED_H
#define POLICY_CONTAINERS_SIGNED_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/* A requirement of type sigstoreSigned: an attestor of which one key, or the
 * one certificate identity, must have signed.  Private to policy/. */
int containers_signed_read(const struct yaml_node *node,
    struct policy_attestor *ret, struct diag *d) MUST_CHECK;

#endif

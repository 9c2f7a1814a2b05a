#ifndef POLICY_CONTAINERS_H
#define POLICY_CONTAINERS_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/*
 * policy.json of containers/image, as CRI-O reads it: containers-policy.json(5).
 * Every scope of the docker transport, and the default, becomes a policy that
 * covers what no more specific scope does.  Signatures of OpenPGP (signedBy)
 * are a complaint.
 */
bool containers_is_policy(const struct yaml_node *root);
int containers_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;

#endif

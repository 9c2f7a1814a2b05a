#ifndef POLICY_KYVERNO_H
#define POLICY_KYVERNO_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/*
 * apiVersion kyverno.io/v1 and v2beta1, kinds ClusterPolicy and Policy: the
 * rules that speak of images, as they are.  Each item of verifyImages, and each
 * validate rule about images, becomes a policy of its own.  Rules about other
 * things are noted and left out; what an image rule says and a pull cannot
 * decide is a complaint.
 */
int kyverno_cluster_policy_read(const struct yaml_node *root,
    struct policy_set *set, struct diag *d) MUST_CHECK;
int kyverno_policy_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;

/* Kyverno's CEL kinds: recognised, and refused with a sentence. */
int kyverno_cel_policy_read(const struct yaml_node *root,
    struct policy_set *set, struct diag *d) MUST_CHECK;

#endif

#ifndef POLICY_CLUSTER_IMAGE_POLICY_H
#define POLICY_CLUSTER_IMAGE_POLICY_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/*
 * apiVersion policy.sigstore.dev/v1beta1 and v1alpha1, kind ClusterImagePolicy,
 * as sigstore's policy-controller means it: any of the authorities will do, a
 * key without ctlog needs no log, and attestations are looked at instead of
 * signatures.  What is decided by CUE, Rego or what the cluster knows is a
 * complaint.
 */
int cluster_image_policy_read(const struct yaml_node *root,
    struct policy_set *set, struct diag *d) MUST_CHECK;

#endif

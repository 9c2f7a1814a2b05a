#ifndef POLICY_IMAGE_POLICY_H
#define POLICY_IMAGE_POLICY_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/*
 * apiVersion pullgate.dev/v1, kinds ImagePolicy and Attestor; LANGUAGE.md is
 * their reference.  A field that is known and cannot be honoured yet is a
 * complaint, as is one that is unknown: nothing a policy says is ever
 * overlooked.
 */
int image_policy_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;
int image_attestor_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;

/* The list `attestors`, and `metadata`. */
int image_attestors_read(const struct yaml_node *node,
    struct policy_attestors *ret, struct diag *d);
int image_metadata_read(const struct yaml_node *node, char **name,
    struct diag_pos *pos, struct diag *d);

#endif

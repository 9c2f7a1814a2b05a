#ifndef POLICY_DOCUMENT_H
#define POLICY_DOCUMENT_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/*
 * One document of any kind we know, told by its apiVersion and kind; what it
 * says is added to set.  With a complaint in d the set is not to be used.
 */
int document_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;

#endif

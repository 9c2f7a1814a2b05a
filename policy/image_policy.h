#ifndef POLICY_IMAGE_POLICY_H
#define POLICY_IMAGE_POLICY_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/yaml.h"
#include "policy/model.h"

/*
 * apiVersion pullgate.dev/v1, kind ImagePolicy; LANGUAGE.md is its reference.
 * A field that is known and cannot be honoured yet is a complaint, as is one
 * that is unknown: nothing a policy says is ever overlooked.
 */
int image_policy_read(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;

/* The list `attestors`; obj is the struct policy. */
int image_attestors_read(const struct yaml_node *node, void *obj,
    struct diag *d);

/* Defines the reader of a field whose time has not come. */
#define DEFINE_NOT_YET(reader, field)                                          \
	static int reader(const struct yaml_node *node, void *obj,             \
	    struct diag *d)                                                    \
	{                                                                      \
		(void)obj;                                                     \
		return diag_add(d, node->pos, "%s is not supported yet",       \
		    field);                                                    \
	}                                                                      \
	struct reader##_needs_semicolon

#endif

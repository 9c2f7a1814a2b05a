#ifndef POLICY_SELECTOR_H
#define POLICY_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/str.h"
#include "base/yaml.h"

/*
 * Which pods, by their labels: Kubernetes' LabelSelector (meta/v1), matchLabels
 * and matchExpressions.  All requirements must hold.
 */
enum selector_operator {
	SELECTOR_IN,
	SELECTOR_NOT_IN,
	SELECTOR_EXISTS,
	SELECTOR_DOES_NOT_EXIST
};

struct selector_requirement {
	char *key;
	enum selector_operator op;
	struct str_list values; /* of In and NotIn */
	bool wild;              /* In: the one value is a wildcard */
};

struct selector {
	struct selector_requirement *items;
	size_t n; /* 0: every pod, and pulls that name none */
	size_t cap;
	bool wild; /* wildcards may be values of matchLabels, as in Kyverno */
};

/* Read one; it must require something.  -1 with complaints in d. */
int selector_read(const struct yaml_node *node, const char *name,
    struct selector *ret, struct diag *d) MUST_CHECK;

/* The same, with wildcards in the values of matchLabels. */
int selector_read_wild(const struct yaml_node *node, const char *name,
    struct selector *ret, struct diag *d) MUST_CHECK;

/* labels: of the pod; NULL for a pull that names none, which has no labels:
 * only NotIn and DoesNotExist hold then. */
bool selector_matches(const struct selector *s, const struct str_map *labels);

void selector_clear(struct selector *s);

#endif

#ifndef POLICY_POLICY_TEST_H
#define POLICY_POLICY_TEST_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/yaml.h"
#include "policy/model.h"

/*
 * apiVersion pullgate.dev/v1, kind PolicyTest: what people expect of policies,
 * written beside them.  `policy test` runs these documents; where policies are
 * loaded, they only have to be well-formed.
 */
struct policy_test {
	struct diag_pos pos;
	char *name;
	char *image;
	char *namespace_; /* NULL: the pull names no pod */
	char *pod;        /* its name; or NULL */
	struct str_map labels;
	char *evidence; /* path of a recording; NULL: the registry is asked */
	char *verdict;  /* "allowed", "overlooked" or "refused" is expected */
	char *cause;    /* its stable name; NULL: any */
	char *message;  /* a part of the answer's text; NULL: any */
};

/* A document of them. */
struct policy_tests {
	char *name;
	struct diag_pos pos;
	struct str_list policies; /* paths; empty: the file's directory */
	bool admits_unmatched;    /* what no policy covers: allow */
	struct policy_test *items;
	size_t n;
};

/* Is the document of this kind? */
bool policy_test_is(const struct yaml_node *root);
int policy_tests_read(const struct yaml_node *root, struct policy_tests *ret,
    struct diag *d) MUST_CHECK;
void policy_tests_clear(struct policy_tests *t);
DEFINE_AUTO_INPLACE(policy_tests, struct policy_tests, policy_tests_clear);

/* Check one among policies, and leave it. */
int policy_test_skip(const struct yaml_node *root, struct policy_set *set,
    struct diag *d) MUST_CHECK;

#endif

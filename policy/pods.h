#ifndef POLICY_PODS_H
#define POLICY_PODS_H

#include "base/str.h"
#include "policy/selector.h"

/*
 * Which pods a policy is about: part of the model (policy/model.h).
 */

/* Everything that is set must hold.  Nothing set: every pod, and pulls that
 * name none. */
struct pod_filter {
	struct str_list namespaces; /* wildcards; none: any */
	struct str_list names;      /* of pods, wildcards; none: any */
	struct selector labels;
};

struct pod_filters {
	struct pod_filter *items;
	size_t n;
	size_t cap;
	bool all; /* every filter must hold, not only one of them */
};

struct policy_pods {
	struct pod_filters
	    match; /* none: every pod, and pulls that name none */
	struct pod_filters exclude; /* none: no pod */
};

/* Of a pull.  All NULL: it names no pod. */
struct pod_facts {
	const char *namespace_;
	const char *name;
	const struct str_map *labels;
};

enum pods_cover {
	PODS_COVERED,
	PODS_OTHER_NAMESPACE,
	PODS_OTHER,
	PODS_EXCLUDED_NAMESPACE,
	PODS_EXCLUDED
};

/* A pull that names no pod is never excluded. */
enum pods_cover pods_cover(const struct policy_pods *pods,
    const struct pod_facts *facts);

/* A new filter in the list, to be filled. */
struct pod_filter *pod_filters_add(struct pod_filters *list);

/* Take the last filter away. */
void pod_filters_drop(struct pod_filters *list);

/* The one filter of a list that never has more; made if need be. */
struct pod_filter *pod_filters_only(struct pod_filters *list);

void policy_pods_clear(struct policy_pods *pods);

#endif

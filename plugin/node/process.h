#ifndef NODE_PROCESS_H
#define NODE_PROCESS_H

#include <stdint.h>

#include "base/str.h"

/* The processes that may be a kubelet, from /proc. */
struct process {
	int pid, parent;
	char *name; /* "kubelet", "k3s-server", "rke2" */
	struct str_list args;
	char *service;   /* the unit it runs in; NULL: not known */
	int64_t started; /* seconds since 1970; 0: not known */
};

struct process_list {
	struct process *items;
	size_t n, cap;
};

/* Those of root in the first PID namespace: kubelets, and k3s and RKE2 where they
 * run as server or agent. */
void process_find(const char *root, struct process_list *ret);

void process_list_clear(struct process_list *list);
DEFINE_AUTO_INPLACE(process_list, struct process_list, process_list_clear);

#endif

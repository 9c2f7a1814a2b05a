#ifndef NODE_PROCESS_H
#define NODE_PROCESS_H

#include <stdint.h>

#include "base/err.h"
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

/* So many there may be. */
#define PROCESSES_MAX 64

/*
 * Those of the node: kubelets, and k3s and RKE2 where they run as server or agent,
 * which root started and no container holds.  Names are for everybody to choose:
 * a process that a user started from a program of root's (set-user-ID) is none of
 * them, nor one with a name only.  ERR_LIMIT if there are more than can be looked
 * at.  The caller clears *ret whatever comes.
 */
int process_find(const char *root, struct process_list *ret,
    struct err *e) MUST_CHECK;

void process_list_clear(struct process_list *list);
DEFINE_AUTO_INPLACE(process_list, struct process_list, process_list_clear);

#endif

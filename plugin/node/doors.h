#ifndef NODE_DOORS_H
#define NODE_DOORS_H

#include <stdbool.h>
#include <sys/types.h>

#include "node/door.h"
#include "node/kubelet.h"

/*
 * The doors that can be seen in the node's files: where the kubelet sends its
 * calls, whose sockets they are, what the runtime does by itself.  Nothing is
 * asked of anybody.
 */

/* What pullgate is told and knows. */
struct doors_view {
	const char *root;
	const char *listen, *runtime; /* addresses, as configured */
	gid_t group;      /* that may use `listen`; (gid_t)-1: root's alone */
	bool create_gate; /* `gates` has create */
	bool presence;    /* `presence: verified` */
	bool checkpoints; /* `checkpoints: allow` */
	const char *name, *version; /* of the runtime; NULL: not known */
};

/* Add each of them, known or not.  kubelet is what kubelet_find() found, or NULL
 * with its complaint in `why`. */
void doors_look(const struct doors_view *v, const struct kubelet *kubelet,
    const char *why, struct door_list *ret);

/* The same for a caller who has not looked for the kubelet. */
void doors_find(const struct doors_view *v, struct door_list *ret);

#endif

#ifndef CRI_CREATE_CONTAINER_H
#define CRI_CREATE_CONTAINER_H

#include "cri/intercept.h"

/*
 * RuntimeService/CreateContainer: an image that is on the node already is asked
 * about before a container is made of it, and so are those that are its
 * volumes.  Whose container it is says the runtime's own record of the sandbox,
 * and what the images are says its ImageStatus; the request goes on with their
 * ids.  These are the functions of its row in intercept.c.
 */

/* What the kubelet would not send either. */
#define CREATE_CONTAINER_REQUEST_MAX (16u << 20)
#define CREATE_CONTAINER_IMAGES_MAX  64

bool create_container_applies(const struct relay *r);
void create_container_request(struct call *c, struct slice message);
void create_container_gone(struct call *c);
void create_container_done(struct call *c);

#endif

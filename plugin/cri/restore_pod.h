#ifndef CRI_RESTORE_POD_H
#define CRI_RESTORE_POD_H

#include "cri/intercept.h"

/*
 * RuntimeService/RestorePod: makes a pod and its containers from a checkpoint on
 * the node, of images that nobody is asked about.  Refused, unless checkpoints
 * are allowed.
 */
bool restore_pod_applies(const struct relay *r);
void restore_pod_request(struct call *c, struct slice message);

#endif

#ifndef CRI_HAS_H
#define CRI_HAS_H

#include "cri.pb-c.h"
#include "gate/present.h"

/*
 * What ImageStatus says, read.  -1 for what is no text; an image without an id
 * is none, as the kubelet sees it too, and leaves *ret empty.
 */
int has_read(const Runtime__V1__Image *image, struct present *ret) MUST_CHECK;

#endif

#ifndef CRI_REMOVE_IMAGE_H
#define CRI_REMOVE_IMAGE_H

#include "cri/intercept.h"

/*
 * ImageService/RemoveImage: it passes, and where the runtime has removed an
 * image, the tags that we remember for it go (cri/tag_map.h).
 */
bool remove_image_applies(const struct relay *r);
void remove_image_request(struct call *c, struct slice message);
void remove_image_answer(struct call *c);
void remove_image_done(struct call *c);

#endif

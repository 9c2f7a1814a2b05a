#ifndef CRI_PULL_IMAGE_H
#define CRI_PULL_IMAGE_H

#include "cri/intercept.h"

/*
 * ImageService/PullImage: asked of the gate before the runtime hears of it,
 * then pulled by the digest that was verified, and the tag set afterwards.
 * So is what else may begin with Pull, but for the tag.  These are the functions
 * of their rows in intercept.c.
 */

/* A request that is larger is refused (pull secrets are some kilobytes). */
#define PULL_IMAGE_REQUEST_MAX (4u << 20)

bool pull_image_applies(const struct relay *r);
void pull_image_request(struct call *c, struct slice message);
void pull_image_answer(struct call *c);
void pull_image_gone(struct call *c);
void pull_image_done(struct call *c);

#endif

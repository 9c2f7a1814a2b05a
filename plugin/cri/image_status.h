#ifndef CRI_IMAGE_STATUS_H
#define CRI_IMAGE_STATUS_H

#include "cri/intercept.h"

/*
 * ImageService/ImageStatus, in two cases.  Where the runtime does not know a
 * tag that was pulled by digest for it (cri/tag_map.h), it is asked for the
 * digest, and the tag is put into its answer.  And with `presence: verified`,
 * an image that the policies would refuse looks absent, so that the kubelet
 * pulls it, and hears why it may not.  A status names no pod: only policies that
 * cover such pulls are asked.
 */
bool image_status_applies(const struct relay *r);
void image_status_request(struct call *c, struct slice message);
void image_status_answer(struct call *c);
void image_status_gone(struct call *c);
void image_status_done(struct call *c);

#endif

/* An image goes, and our tags with it. */
#include "cri/remove_image.h"

#include <stdlib.h>

#include "base/str.h"
#include "cri.pb-c.h"
#include "cri/message.h"
#include "cri/tag_map.h"

bool
remove_image_applies(const struct relay *r)
{
	return tag_map_count(r->tags) > 0;
}

void
remove_image_request(struct call *c, struct slice message)
{
	Runtime__V1__RemoveImageRequest *r =
	    runtime__v1__remove_image_request__unpack(NULL, message.len,
		message.ptr);
	char *image = NULL;

	if (r != NULL && r->image != NULL &&
	    message_text(r->image->image, &image) < 0)
		image = NULL;
	c->intercept_state = image;
	if (r != NULL)
		runtime__v1__remove_image_request__free_unpacked(r, NULL);
	call_release(c, message_of_bytes(message));
}

void
remove_image_answer(struct call *c)
{
	const char *image = c->intercept_state;

	if (c->status == GRPC_STATUS_OK && image != NULL)
		tag_map_drop_image(c->relay->tags, image);
	call_release_answer(c);
}

void
remove_image_done(struct call *c)
{
	free(c->intercept_state);
}

#ifndef CRI_TAGS_H
#define CRI_TAGS_H

#include "cri/runtime_call.h"
#include "image/manifest.h"

/*
 * After a pull by digest the runtime knows no tag.  On containerd it is set
 * through its own Images API on the same socket, as containerd itself would
 * have, and then waited for until the CRI plugin shows it: the kubelet's next
 * ImageStatus has to find it, or IfNotPresent would pull for ever.
 */
struct tag_request {
	const char *name; /* "registry.example.com/app:1" */
	const struct descriptor *target;
	const char *status_method; /* ImageStatus of the service that pulled */
	const char *image_id; /* what the pull gave, and status will show */
};

/* How long the CRI plugin may take to notice. */
#define TAGS_WAIT_MS 2000

/* TAGS_NO_API: the runtime is another one, and its tags are remembered for it
 * (cri/tag_map.h). */
enum tags_result { TAGS_SET, TAGS_NO_API, TAGS_FAILED };

/* done is called once on the loop's thread, with what went wrong (borrowed) if
 * something did.  The request is copied. */
typedef void tags_done(void *arg, enum tags_result result, const char *problem);

void tags_set(struct runtime *r, const struct tag_request *request,
    tags_done *done, void *arg);

#endif

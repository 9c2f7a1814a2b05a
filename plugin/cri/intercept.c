/* The table of calls that do not just pass. */
#include "cri/intercept.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "cri/create_container.h"
#include "cri/image_status.h"
#include "cri/pull_image.h"
#include "cri/remove_image.h"
#include "cri/restore_pod.h"

/* What would pull in a way of its own is asked about as PullImage is: the
 * image, the credentials and the pod are its first three fields. */
static const struct intercept table[] = {
	{ "ImageService", "PullImage", pull_image_applies, pull_image_request,
	    pull_image_answer, pull_image_gone, pull_image_done },
	{ "ImageService", "Pull*", pull_image_applies, pull_image_request, NULL,
	    pull_image_gone, pull_image_done },
	{ "ImageService", "ImageStatus", image_status_applies,
	    image_status_request, image_status_answer, image_status_gone,
	    image_status_done },
	{ "ImageService", "RemoveImage", remove_image_applies,
	    remove_image_request, remove_image_answer, NULL,
	    remove_image_done },
	{ "RuntimeService", "CreateContainer", create_container_applies,
	    create_container_request, NULL, create_container_gone,
	    create_container_done },
	{ "RuntimeService", "RestorePod", restore_pod_applies,
	    restore_pod_request, NULL, NULL, NULL },
};

/* "/runtime.v1.ImageService/PullImage" in its parts. */
struct path {
	struct slice version, service, method;
};

/* Cut off what stands before the first such byte. */
static bool
cut(struct slice *rest, char at, struct slice *ret)
{
	const uint8_t *end =
	    rest->len == 0 ? NULL : memchr(rest->ptr, at, rest->len);

	if (end == NULL)
		return false;
	*ret = slice_of(rest->ptr, (size_t)(end - rest->ptr));
	*rest = slice_of(end + 1, rest->len - ret->len - 1);
	return true;
}

/*
 * Every version of the interface has the same messages: runtime.v1alpha2, which
 * containerd 1.x serves too, would be a way round.  grpc-go, which runtimes are
 * built with, takes a path without its first slash for the same method.
 */
static bool
read_path(grpc_slice method, struct path *ret)
{
	struct slice rest =
	    slice_of(GRPC_SLICE_START_PTR(method), GRPC_SLICE_LENGTH(method));
	struct slice package;

	if (rest.len > 0 && rest.ptr[0] == '/')
		rest = slice_of(rest.ptr + 1, rest.len - 1);
	if (!cut(&rest, '.', &package) || !slice_is(package, "runtime") ||
	    !cut(&rest, '.', &ret->version) || !cut(&rest, '/', &ret->service))
		return false;
	ret->method = rest;
	return true;
}

static bool
is_named(struct slice method, const char *name)
{
	size_t len = strlen(name);

	if (name[len - 1] != '*')
		return slice_is(method, name);
	return method.len >= len - 1 && memcmp(method.ptr, name, len - 1) == 0;
}

const struct intercept *
intercept_find(const struct call *c)
{
	struct path path;

	if (!read_path(c->details.method, &path))
		return NULL;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (slice_is(path.service, table[i].service) &&
		    is_named(path.method, table[i].method))
			return table[i].applies == NULL ||
				       table[i].applies(c->relay)
				   ? &table[i]
				   : NULL;
	return NULL;
}

char *
intercept_method(const struct call *c, const char *service, const char *method)
{
	struct path path = { .version = slice_str("v1") };

	(void)read_path(c->details.method, &path);
	return str_printf("/runtime.%.*s.%s/%s", (int)path.version.len,
	    (const char *)path.version.ptr, service, method);
}

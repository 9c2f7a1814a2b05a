/* The table of calls that do not just pass. */
#include "cri/intercept.h"

#include "base/auto.h"
#include "cri/pull_image.h"

/* runtime.v1alpha2 has the same messages and the same runtime behind it, up to
 * containerd 1.x: left out, it would be a way round. */
static const struct intercept table[] = {
	{ "/runtime.v1.ImageService/PullImage", pull_image_request,
	    pull_image_answer, pull_image_gone, pull_image_done },
	{ "/runtime.v1alpha2.ImageService/PullImage", pull_image_request,
	    pull_image_answer, pull_image_gone, pull_image_done },
};

/* grpc-go, which every runtime is built with, takes a path without its first
 * slash for the same method. */
static bool
is_method(grpc_slice path, const char *method)
{
	return grpc_slice_str_cmp(path, method) == 0 ||
	       grpc_slice_str_cmp(path, method + 1) == 0;
}

const struct intercept *
intercept_find(grpc_slice method)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (is_method(method, table[i].method))
			return &table[i];
	return NULL;
}

/* What of a peer's headers can be sent on. */
#include "cri/metadata.h"

#include <grpc/slice.h>
#include <stdbool.h>

static bool
is_sendable(const grpc_metadata *m)
{
	if (grpc_slice_str_cmp(m->key, "user-agent") == 0 ||
	    grpc_slice_str_cmp(m->key, "host") == 0)
		return false;
	if (!grpc_header_key_is_legal(m->key))
		return false;
	return grpc_is_binary_header(m->key) ||
	       grpc_header_nonbin_value_is_legal(m->value);
}

void
metadata_keep_sendable(grpc_metadata_array *md)
{
	size_t kept = 0;

	/* The slices are borrowed from the call: moved, never released. */
	for (size_t i = 0; i < md->count; i++)
		if (is_sendable(&md->metadata[i]))
			md->metadata[kept++] = md->metadata[i];
	md->count = kept;
}

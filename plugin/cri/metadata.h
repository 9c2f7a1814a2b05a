#ifndef CRI_METADATA_H
#define CRI_METADATA_H

#include <grpc/grpc.h>

/*
 * Leave out of the array what may not be sent on: what gRPC takes from a peer
 * and then refuses to send (a value that is not printable ASCII under a key
 * that does not end in -bin; sent on as it is, the whole batch would fail), and
 * user-agent and host, which the transport sets itself.
 */
void metadata_keep_sendable(grpc_metadata_array *md);

#endif

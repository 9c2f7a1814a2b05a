#ifndef CRI_CALL_PRIVATE_H
#define CRI_CALL_PRIVATE_H

#include "cri/call.h"

/* Between call.c and pump.c. */

/* Start whatever can be started; obj is the call, which it unrefs. */
void call_pump(void *obj);

/*
 * Start a batch; its completion holds the call.  A batch may be refused for
 * what a peer sent, so that is an error like any other and no assertion.
 */
void call_start(struct call *c, grpc_call *side, const grpc_op *ops, size_t n,
    struct tag *tag);

/* Ask a side for its next message, if there is room for one. */
void call_receive(struct call *c, grpc_call *side, struct stream *s);

/*
 * The next message of the client's, at once: what is there already completes
 * before the queue is drained, and then goes up in one write with the headers
 * and the end.
 */
void call_receive_request(struct call *c);

#endif

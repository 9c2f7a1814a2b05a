#ifndef CRI_RUNTIME_CALL_H
#define CRI_RUNTIME_CALL_H

#include <protobuf-c/protobuf-c.h>

#include "base/slice.h"
#include "cri/runtime.h"

/* What the runtime said to a call of our own.  All borrowed. */
struct runtime_reply {
	grpc_status_code status;
	const char *text;  /* of the status, fit for a line */
	struct slice body; /* where it is OK */
};

/* Called on the loop's thread. */
typedef void runtime_done(void *arg, const struct runtime_reply *reply);

/*
 * A unary call.  The message is encoded at once.  metadata (one pair, may be
 * NULL) is a literal; method is copied.  While the runtime is away it is waited
 * for as long as for any call (cri/outage.h).
 */
struct runtime_request {
	const char *method;
	const char *header, *value;
	const ProtobufCMessage *message;
	int64_t timeout_ms;
};

struct own_call;
struct own_call *runtime_call(struct runtime *r,
    const struct runtime_request *request, runtime_done *done, void *arg)
    __attribute__((returns_nonnull));

/* Before done was called: it is called soon, with CANCELLED unless the answer
 * was on its way.  NULL is none. */
void runtime_call_cancel(struct own_call *c);

#endif

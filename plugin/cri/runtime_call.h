#ifndef CRI_RUNTIME_CALL_H
#define CRI_RUNTIME_CALL_H

#include "base/slice.h"
#include "cri/runtime.h"

/*
 * One call of our own to the runtime.  done is called on the loop's thread with
 * the status, and the response's bytes where it is OK (borrowed).
 */
typedef void runtime_done(void *arg, grpc_status_code status,
    struct slice response);

/* request is copied.  metadata (one pair, may be NULL) is a literal. */
struct runtime_request {
	const char *method;
	const char *header, *value;
	struct slice body;
	int64_t timeout_ms;
};

void runtime_call(struct runtime *r, const struct runtime_request *request,
    runtime_done *done, void *arg);

#endif

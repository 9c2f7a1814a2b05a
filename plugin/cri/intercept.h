#ifndef CRI_INTERCEPT_H
#define CRI_INTERCEPT_H

#include "base/slice.h"
#include "cri/call.h"

/*
 * The calls that do not just pass.  A row a method; everything else is relayed
 * unseen.
 */
struct intercept {
	const char *method;

	/* The request's only message.  Ends in call_release() or call_answer(),
	 * now or later. */
	void (*request)(struct call *c, struct slice message);

	/* The runtime has answered a released request, and the answer is held:
	 * ends in call_release_answer(). */
	void (*answer)(struct call *c);

	/* The client is gone. */
	void (*gone)(struct call *c);

	/* The call ends; free the state. */
	void (*done)(struct call *c);
};

/* NULL for a method that passes. */
const struct intercept *intercept_find(grpc_slice method);

#endif

#ifndef CRI_INTERCEPT_H
#define CRI_INTERCEPT_H

#include "base/slice.h"
#include "cri/call.h"

/*
 * The calls that do not just pass.  A row a method; everything else is relayed
 * unseen.
 */
struct intercept {
	const char *service; /* "ImageService", of whatever version */
	const char *method;  /* a '*' at its end: and all that begin so */

	/* Is it intercepted as things are?  NULL: always. */
	bool (*applies)(const struct relay *r);

	/* The request's only message.  Ends in call_release() or call_answer(),
	 * now or later. */
	void (*request)(struct call *c, struct slice message);

	/* The runtime has answered a released request, and the answer is held:
	 * ends in call_release_answer().  NULL: it passes. */
	void (*answer)(struct call *c);

	/* The client is gone.  May be NULL. */
	void (*gone)(struct call *c);

	/* The call ends; free the state.  May be NULL. */
	void (*done)(struct call *c);
};

/* NULL for a method that passes. */
const struct intercept *intercept_find(const struct call *c);

/* The path of another method of the same version of the interface; the caller
 * frees it. */
char *intercept_method(const struct call *c, const char *service,
    const char *method);

#endif

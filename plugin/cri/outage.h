#ifndef CRI_OUTAGE_H
#define CRI_OUTAGE_H

#include <stdint.h>

#include "cri/loop.h"

/*
 * Calls that came while the runtime was not connected.  They wait a moment for
 * it, so that the first call after a restart succeeds, and then fail: who waits
 * longer than that would hide an outage from the kubelet.
 */
struct call;
struct runtime;

struct outage {
	struct runtime *runtime;
	struct loop *loop;
	struct call *first, **last; /* the oldest first */
	struct timer timer;
};

/* Longer than the runtime takes to be found again. */
#define OUTAGE_WAIT_MS 600

void outage_init(struct outage *o, struct runtime *r, struct loop *l);

/* The call was started with GRPC_INITIAL_METADATA_WAIT_FOR_READY; end it if
 * the runtime does not come back in time.  Holds the call until then. */
void outage_add(struct outage *o, struct call *c);

/* End the wait of all at once, for the loop's end. */
void outage_end(struct outage *o);

#endif

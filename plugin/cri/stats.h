#ifndef CRI_STATS_H
#define CRI_STATS_H

#include <stdint.h>

struct call;

/*
 * What the relay tells Prometheus.  On the loop's thread, but for the
 * connections.
 */
void stats_call_begins(struct call *c);

/* All of the request, or its beginning, is on its way to the runtime. */
void stats_request_sent(struct call *c);

/* The answer has begun, and goes on: it is a stream. */
void stats_answer_begins(struct call *c);

/* The runtime's status is here, or ours. */
void stats_status_known(struct call *c);

/* The status is on its way to the client. */
void stats_status_sent(struct call *c);

/* The call is over, however it ended. */
void stats_call_ends(struct call *c);

/* Any thread. */
void stats_connections(unsigned open);
void stats_runtime(int connected);

#endif

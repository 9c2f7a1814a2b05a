#ifndef GATE_WORKERS_H
#define GATE_WORKERS_H

#include <pthread.h>
#include <stdbool.h>

#include "gate/ticket.h"
#include "http/http.h"

/*
 * Threads that work through a queue of tickets, started as they are needed and
 * kept, since each keeps its connections to registries.
 */
#define WORKERS_MAX       64
#define WORKERS_QUEUE_MAX 4096
#define WORKERS_STACK     (256u << 10)

typedef void workers_run(struct gate_ticket *t, struct http_client *http);

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	workers_run *run;
	struct gate_ticket *first, **last;
	size_t queued;
	unsigned idle, n, max;
	bool stop;
	pthread_t threads[WORKERS_MAX];
};

void workers_init(struct workers *w, unsigned max, workers_run *run);

/* False when the queue is full. */
bool workers_add(struct workers *w, struct gate_ticket *t);

/* Work through what is queued, then end the threads. */
void workers_stop(struct workers *w);

#endif

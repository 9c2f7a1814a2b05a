#ifndef GATE_FLIGHTS_H
#define GATE_FLIGHTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "gate/ticket.h"

/*
 * Fetches under way.  Pulls of the same reference with the same credentials
 * that look in the same places share one: the first ticket leads, the others
 * wait in its flight without holding a thread.
 */
struct flight {
	struct flight *next;
	struct fetch_what what; /* borrowed from the leader, as are these */
	struct credentials *creds;
	struct fetched
	    fetched; /* places set; the rest is the leader's to fill */
	int64_t timeout_ms;
	struct gate_ticket *tickets; /* all of them, the leader last */
	size_t waiting;              /* tickets that nobody canceled */
	atomic_bool canceled;        /* all are: no need to go on */
};

struct flights {
	pthread_mutex_t lock;
	struct flight *first;
};

/*
 * Board the flight for this ticket.  Returns a new flight that the caller has
 * to fly and land, or NULL if the ticket joined one: who flies it will finish
 * the ticket.
 */
struct flight *flights_board(struct flights *fs, struct gate_ticket *t);

/* Nobody can join any more.  The tickets, linked by next, the leader last. */
struct gate_ticket *flights_land(struct flights *fs, struct flight *f);

void flight_free(struct flight *f);

/* The ticket's asker is gone; when all are, the flight is called off. */
void flights_cancel(struct flights *fs, struct gate_ticket *t);

#endif

#ifndef GATE_REFUSALS_H
#define GATE_REFUSALS_H

#include <pthread.h>
#include <stdbool.h>

#include "gate/ticket.h"

/*
 * Refusals of the last seconds.  The kubelet asks once per pull credential and
 * joins texts that differ, which buries the prefix it looks for; so a refusal
 * is answered again, byte for byte, while that burst lasts.  What it depends on
 * is its key: the reference and the policies that cover the pull, as they stood
 * when it was asked.  Credentials
 * are not part of it: a refusal was found with some that worked.
 */
#define REFUSALS_MAX 1024

struct refusal {
	char *key;
	char *message;
	char *digest;
	enum err_code code;
	int64_t until_ms;
};

struct refusals {
	pthread_mutex_t lock;
	int64_t ttl_ms;
	struct refusal items[REFUSALS_MAX]; /* a ring; oldest overwritten */
	size_t at;
};

/* Remember the ticket's answer, a refusal. */
void refusals_note(struct refusals *rs, const struct gate_ticket *t);

/* Answer the ticket from memory; false if there is nothing. */
bool refusals_answer(struct refusals *rs, struct gate_ticket *t);

void refusals_clear(struct refusals *rs);

#endif

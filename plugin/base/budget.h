#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * What one verification may cost: time, bytes, and a way to call it off.  Made
 * by who asks, handed down to who spends.  Used by one thread at a time, but
 * `canceled` may be set from any.
 */
#define BUDGET_BYTES_MAX (64u << 20)

struct budget {
	int64_t deadline_ms;         /* clock_mono_ms() at which it is over */
	int64_t timeout_ms;          /* for messages: what was allowed */
	uint64_t bytes_left;         /* of all bodies together */
	const atomic_bool *canceled; /* may be NULL */
};

struct budget budget_new(int64_t timeout_ms, const atomic_bool *canceled);

/* 0 while it lasts, else ERR_TIMEOUT ("timeout of 10s exceeded") or
 * ERR_CANCELED. */
int budget_check(const struct budget *b, struct err *e) MUST_CHECK;

/* Milliseconds left, never below 0. */
int64_t budget_left_ms(const struct budget *b);

/* Spend n bytes; ERR_LIMIT naming the limit when they are not there. */
int budget_spend(struct budget *b, uint64_t n, struct err *e) MUST_CHECK;

#endif

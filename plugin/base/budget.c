/* What one verification may cost. */
#include "base/budget.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/clock.h"

struct budget
budget_new(int64_t timeout_ms, const atomic_bool *canceled)
{
	return (struct budget){
		.deadline_ms = clock_mono_ms() + timeout_ms,
		.timeout_ms = timeout_ms,
		.bytes_left = BUDGET_BYTES_MAX,
		.canceled = canceled,
	};
}

int64_t
budget_left_ms(const struct budget *b)
{
	int64_t left = b->deadline_ms - clock_mono_ms();

	return left < 0 ? 0 : left;
}

int
budget_check(const struct budget *b, struct err *e)
{
	if (b->canceled != NULL && atomic_load(b->canceled))
		return err_set(e, ERR_CANCELED, "canceled by the client");
	if (budget_left_ms(b) > 0)
		return 0;
	if (b->timeout_ms % 1000 == 0)
		return err_set(e, ERR_TIMEOUT,
		    "timeout of %" PRId64 "s exceeded", b->timeout_ms / 1000);
	return err_set(e, ERR_TIMEOUT, "timeout of %" PRId64 "ms exceeded",
	    b->timeout_ms);
}

int
budget_spend(struct budget *b, uint64_t n, struct err *e)
{
	if (n > b->bytes_left)
		return err_set(e, ERR_LIMIT,
		    "more than %u MiB fetched for one verification",
		    BUDGET_BYTES_MAX >> 20);
	b->bytes_left -= n;
	return 0;
}

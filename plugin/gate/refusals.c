/* What was refused a moment ago. */
#include "gate/refusals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gate/answer.h"

/* Within one generation of the ring a policy's name says all of it; what it does
 * may differ from namespace to namespace. */
static char *
key_of(const struct gate_ticket *t)
{
	return str_printf("%" PRIu64 "\n%s\n%s\n%s\n%d\n%s\n%s", t->generation,
	    t->namespace_ == NULL ? "" : t->namespace_, t->ref->text,
	    t->answer.policies, t->present, t->digest == NULL ? "" : t->digest,
	    t->id == NULL ? "" : t->id);
}

static void
clear(struct refusal *r)
{
	free(r->key);
	free(r->message);
	free(r->digest);
	*r = (struct refusal){ 0 };
}

void
refusals_note(struct refusals *rs, const struct gate_ticket *t)
{
	struct refusal *r;

	if (rs->ttl_ms <= 0)
		return;
	(void)pthread_mutex_lock(&rs->lock);
	r = &rs->items[rs->at];
	rs->at = (rs->at + 1) % REFUSALS_MAX;
	clear(r);
	r->key = key_of(t);
	r->message = mem_strdup(t->answer.message);
	r->digest = mem_strdup_null(t->answer.target.digest);
	r->code = t->answer.code;
	r->until_ms = clock_mono_ms() + rs->ttl_ms;
	(void)pthread_mutex_unlock(&rs->lock);
}

/* The lock is held. */
static const struct refusal *
find(const struct refusals *rs, const char *key)
{
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < REFUSALS_MAX; i++) {
		const struct refusal *r = &rs->items[i];

		if (r->key != NULL && now < r->until_ms &&
		    strcmp(r->key, key) == 0)
			return r;
	}
	return NULL;
}

bool
refusals_answer(struct refusals *rs, struct gate_ticket *t)
{
	AUTO(str) char *key = key_of(t);
	const struct refusal *r;

	(void)pthread_mutex_lock(&rs->lock);
	r = find(rs, key);
	if (r != NULL) {
		answer_refuse(&t->answer, r->code, mem_strdup(r->message));
		t->answer.target.digest = mem_strdup_null(r->digest);
		t->answer.cache = GATE_CACHE_HIT;
	}
	(void)pthread_mutex_unlock(&rs->lock);
	return r != NULL;
}

void
refusals_clear(struct refusals *rs)
{
	for (size_t i = 0; i < REFUSALS_MAX; i++)
		clear(&rs->items[i]);
}

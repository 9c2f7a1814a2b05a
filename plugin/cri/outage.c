/* The runtime is away: who waits for it, and for how long. */
#include "cri/outage.h"

#include "base/clock.h"
#include "base/str.h"
#include "cri/call.h"
#include "cri/runtime.h"

/* How often the oldest is looked at. */
#define LOOK_MS 100

static void
end_wait(struct outage *o, const char *text)
{
	struct call *c = o->first;

	o->first = c->next_waiting;
	if (o->first == NULL)
		o->last = &o->first;
	if (text != NULL && !c->have_status)
		(void)grpc_call_cancel_with_status(c->up,
		    GRPC_STATUS_UNAVAILABLE, text, NULL);
	call_unref(c);
}

/* All have the same time, so the oldest is the next. */
static void
look(void *obj)
{
	struct outage *o = obj;
	AUTO(str) char *text = NULL;
	int64_t now = clock_mono_ms();

	if (runtime_is_ready(o->runtime)) {
		outage_end(o);
		return;
	}
	text = str_printf(RUNTIME_AWAY, o->runtime->path,
	    runtime_problem(o->runtime));
	while (o->first != NULL &&
	       now - o->first->waits_since_ms >= OUTAGE_WAIT_MS)
		end_wait(o, text);
	if (o->first != NULL)
		loop_after(o->loop, &o->timer, LOOK_MS);
}

void
outage_init(struct outage *o, struct runtime *r, struct loop *l)
{
	*o = (struct outage){ .runtime = r, .loop = l };
	o->last = &o->first;
	o->timer = (struct timer){ .fn = look, .obj = o };
}

void
outage_add(struct outage *o, struct call *c)
{
	bool first = o->first == NULL;

	call_ref(c);
	c->waits_since_ms = clock_mono_ms();
	c->next_waiting = NULL;
	*o->last = c;
	o->last = &c->next_waiting;
	if (first)
		loop_after(o->loop, &o->timer, LOOK_MS);
}

void
outage_end(struct outage *o)
{
	loop_cancel(o->loop, &o->timer);
	while (o->first != NULL)
		end_wait(o, NULL);
}

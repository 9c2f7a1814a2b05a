/* Completions in, handlers called, then everything touched is pumped. */
#include "cri/loop.h"

#include <assert.h>
#include <grpc/support/time.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

/* Completions taken before what they touched is pumped. */
#define LOOP_BURST_MAX 256

struct loop {
	grpc_completion_queue *queue;
	struct work *first, **last;
	struct timer *timers;
};

struct loop *
loop_new(void)
{
	struct loop *l = MEM_NEW(struct loop);

	l->queue = grpc_completion_queue_create_for_next(NULL);
	l->last = &l->first;
	return l;
}

grpc_completion_queue *
loop_queue(struct loop *l)
{
	return l->queue;
}

void
loop_mark(struct loop *l, struct work *w)
{
	if (w->queued)
		return;
	w->queued = true;
	w->next = NULL;
	*l->last = w;
	l->last = &w->next;
}

void
loop_after(struct loop *l, struct timer *t, int64_t ms)
{
	struct timer **at = &l->timers;

	t->due_ms = clock_mono_ms() + ms;
	while (*at != NULL && (*at)->due_ms <= t->due_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

void
loop_cancel(struct loop *l, struct timer *t)
{
	struct timer **at = &l->timers;

	while (*at != NULL && *at != t)
		at = &(*at)->next;
	if (*at == t)
		*at = t->next;
}

static void
run_timers(struct loop *l)
{
	struct timer *t;

	while (l->timers != NULL && l->timers->due_ms <= clock_mono_ms()) {
		t = l->timers;
		l->timers = t->next;
		t->fn(t->obj);
	}
}

static void
run_work(struct loop *l)
{
	struct work *w;

	while (l->first != NULL) {
		w = l->first;
		l->first = w->next;
		if (l->first == NULL)
			l->last = &l->first;
		w->queued = false;
		w->fn(w->obj);
	}
}

static gpr_timespec
next_wake(const struct loop *l)
{
	int64_t ms;

	if (l->timers == NULL)
		return gpr_inf_future(GPR_CLOCK_MONOTONIC);
	ms = l->timers->due_ms - clock_mono_ms();
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
	    gpr_time_from_millis(ms < 0 ? 0 : ms, GPR_TIMESPAN));
}

static void
handle(const grpc_event *ev)
{
	const struct tag *tag = ev->tag;

	assert(ev->type == GRPC_OP_COMPLETE);
	tag->fn(tag->obj, ev->success != 0);
}

void
loop_run(struct loop *l)
{
	grpc_event ev;
	gpr_timespec now = gpr_time_0(GPR_CLOCK_MONOTONIC);

	for (;;) {
		ev = grpc_completion_queue_next(l->queue, next_wake(l), NULL);
		for (int i = 0; ev.type == GRPC_OP_COMPLETE; i++) {
			handle(&ev);
			if (i == LOOP_BURST_MAX)
				break;
			ev = grpc_completion_queue_next(l->queue, now, NULL);
		}
		if (ev.type == GRPC_QUEUE_SHUTDOWN)
			return;
		run_timers(l);
		run_work(l);
	}
}

void
loop_free(struct loop *l)
{
	assert(l->timers == NULL && l->first == NULL);
	grpc_completion_queue_destroy(l->queue);
	free(l);
}

#ifndef CRI_LOOP_H
#define CRI_LOOP_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The one thread that talks to gRPC: it takes completions off the queue, lets
 * their handlers note what happened, and, when the queue is drained, pumps
 * every call that something happened to.  Only this thread starts batches, so
 * nothing here needs a lock.
 */
struct loop;

/* What a batch was for.  It lives in the object it belongs to. */
struct tag {
	void (*fn)(void *obj, bool ok);
	void *obj;
};

/* Something to pump when the queue is drained; queued once however often it is
 * marked. */
struct work {
	void (*fn)(void *obj);
	void *obj;
	struct work *next;
	bool queued;
};

/* Something to do later. */
struct timer {
	void (*fn)(void *obj);
	void *obj;
	int64_t due_ms;
	struct timer *next;
};

struct loop *loop_new(void) __attribute__((returns_nonnull));
grpc_completion_queue *loop_queue(struct loop *l);

/* Run until the queue was shut down and is empty. */
void loop_run(struct loop *l);

/* Call w->fn(w->obj) once the queue is drained. */
void loop_mark(struct loop *l, struct work *w);

/* Call t->fn(t->obj) after so many milliseconds.  t is the caller's and must
 * stay until then. */
void loop_after(struct loop *l, struct timer *t, int64_t ms);

/* Forget a timer; nothing if it is not set. */
void loop_cancel(struct loop *l, struct timer *t);

void loop_free(struct loop *l);

#endif

/* A queue of tickets and the threads that serve it. */
#include "gate/workers.h"

#include <assert.h>

void
workers_init(struct workers *w, unsigned max, workers_run *run)
{
	assert(max >= 1 && max <= WORKERS_MAX);
	*w = (struct workers){ .max = max, .run = run };
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->wake, NULL);
	w->last = &w->first;
}

/* The next ticket; NULL when it is time to end.  The lock is held. */
static struct gate_ticket *
next(struct workers *w)
{
	struct gate_ticket *t;

	while (w->first == NULL && !w->stop) {
		w->idle++;
		(void)pthread_cond_wait(&w->wake, &w->lock);
		w->idle--;
	}
	t = w->first;
	if (t == NULL)
		return NULL;
	w->first = t->next;
	if (w->first == NULL)
		w->last = &w->first;
	w->queued--;
	t->next = NULL;
	return t;
}

static void *
work(void *arg)
{
	struct workers *w = arg;
	AUTO(http_client) struct http_client *http = http_client_new();
	struct gate_ticket *t;

	for (;;) {
		(void)pthread_mutex_lock(&w->lock);
		t = next(w);
		(void)pthread_mutex_unlock(&w->lock);
		if (t == NULL)
			return NULL;
		w->run(t, http);
	}
}

/*
 * One more thread if all are busy.  A thread that cannot be started is no
 * trouble as long as there is one.  The lock is held.
 */
static bool
start_thread(struct workers *w)
{
	pthread_attr_t attr;
	int r;

	if (w->idle > w->queued || w->n == w->max)
		return true;
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, WORKERS_STACK);
	r = pthread_create(&w->threads[w->n], &attr, work, w);
	(void)pthread_attr_destroy(&attr);
	if (r == 0)
		w->n++;
	return w->n > 0;
}

bool
workers_add(struct workers *w, struct gate_ticket *t)
{
	bool ok;

	(void)pthread_mutex_lock(&w->lock);
	ok = !w->stop && w->queued < WORKERS_QUEUE_MAX && start_thread(w);
	if (ok) {
		t->next = NULL;
		*w->last = t;
		w->last = &t->next;
		w->queued++;
		(void)pthread_cond_signal(&w->wake);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return ok;
}

void
workers_stop(struct workers *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->stop = true;
	(void)pthread_cond_broadcast(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n; i++)
		(void)pthread_join(w->threads[i], NULL);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
}

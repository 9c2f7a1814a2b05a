/* To the gate's threads and back. */
#include "cri/gate_question.h"

#include <assert.h>
#include <stdlib.h>

#include "cri/server.h"

bool
gate_question_is_clean(const struct gate_answer *answer)
{
	return answer->verdict == VERDICT_ALLOW && answer->message == NULL;
}

static bool
is_recorded(const struct gate_question *q, const struct gate_answer *answer)
{
	unsigned what = gate_question_is_clean(answer)     ? RECORD_ALLOWED
			: answer->verdict == VERDICT_ALLOW ? RECORD_OVERLOOKED
							   : RECORD_REFUSED;

	return (q->record & what) != 0;
}

/* Takes the record over. */
static void
tell(const struct call *c, struct json *record, enum verdict verdict)
{
	const struct cri_settings *settings = c->relay->settings;

	settings->record(settings->record_arg, record, verdict);
}

void
gate_question_refuse(struct call *c, const struct gate_request *request,
    const struct err *why)
{
	AUTO(gate_answer) struct gate_answer answer = { 0 };

	gate_refuse(c->relay->settings->gate, request, why, &answer);
	if (c->relay->settings->record != NULL)
		tell(c, gate_record(request, &answer), answer.verdict);
	if (!c->closed)
		call_refuse(c, answer.message);
}

void
gate_question_tell(struct gate_question *q)
{
	if (q->untold != NULL)
		tell(q->call, TAKE(q->untold), q->answer.verdict);
}

/* Wake the loop, which may free the question at once. */
static void
kick(struct gate_question *q)
{
	grpc_call *down = q->call->down;
	grpc_call_error error;

	atomic_store_explicit(&q->ready, true, memory_order_release);
	/* An empty batch may be started on any thread; its tag is posted at
	 * once, and from then on only our own hold keeps the call. */
	grpc_call_ref(down);
	error = grpc_call_start_batch(down, NULL, 0, &q->kick, NULL);
	assert(error == GRPC_CALL_OK);
	(void)error;
	grpc_call_unref(down);
}

/* On a worker's thread.  What is decided is written down before anybody can act
 * on it. */
static void
decided(void *arg, struct gate_answer *answer)
{
	struct gate_question *q = arg;

	if (q->call->relay->settings->record != NULL) {
		q->untold = gate_record(&q->request, answer);
		if (is_recorded(q, answer))
			tell(q->call, TAKE(q->untold), answer->verdict);
	}
	q->answer = *answer;
	*answer = (struct gate_answer){ 0 };
	kick(q);
}

/* Back on the loop's thread. */
static void
kicked(void *obj, bool ok)
{
	struct gate_question *q = obj;
	struct call *c = q->call;

	if (!atomic_load_explicit(&q->ready, memory_order_acquire))
		abort();
	(void)ok;
	q->done(q->arg);
	call_mark(c);
	call_unref(c);
}

void
gate_question_ask(struct gate_question *q, const struct gate_request *request)
{
	gate_question_clear(q);
	q->request = *request;
	q->kick = (struct tag){ kicked, q };
	atomic_store_explicit(&q->ready, false, memory_order_relaxed);
	call_ref(q->call);
	q->ticket =
	    gate_submit(q->call->relay->settings->gate, request, decided, q);
	if (q->call->closed)
		gate_question_cancel(q);
}

void
gate_question_cancel(struct gate_question *q)
{
	if (q->ticket != NULL)
		gate_cancel(q->ticket);
}

void
gate_question_clear(struct gate_question *q)
{
	if (q->ticket != NULL)
		gate_ticket_release(q->ticket);
	q->ticket = NULL;
	json_free(q->untold);
	q->untold = NULL;
	gate_answer_clear(&q->answer);
}

/* One image, several names: asked until one of them will do. */
#include "cri/inquiry.h"

#include <stdlib.h>

static void
ask(struct inquiry *q)
{
	const struct present_question *next = &q->questions.items[q->at];
	bool last = q->at + 1 == q->questions.n;
	struct gate_request request = {
		.door = q->door,
		.image = slice_str(next->image),
		.present = &q->shown,
	};

	q->shown.digest = next->digest;
	if (q->pod != NULL) {
		request.namespace_ = q->pod->namespace_;
		request.pod = q->pod->name;
		request.pod_uid = q->pod->uid;
		request.labels = &q->pod->labels;
	}
	q->question.record = last ? q->record : q->record & RECORD_ALLOWED;
	gate_question_ask(&q->question, &request);
}

static void
answered(void *arg)
{
	struct inquiry *q = arg;

	if (inquiry_admits(q) || q->question.answer.canceled ||
	    q->at + 1 == q->questions.n) {
		q->done(q->arg);
		return;
	}
	q->at++;
	ask(q);
}

void
inquiry_ask(struct inquiry *q, struct call *c, struct slice named,
    gate_question_done *done, void *arg)
{
	q->id = present_digest_of_id(&q->present);
	q->shown = (struct gate_present){ .id = q->id,
		.checkpoint = q->present.checkpoint };
	present_ask(&q->present, named, &q->questions);
	q->question.call = c;
	q->question.done = answered;
	q->question.arg = q;
	q->done = done;
	q->arg = arg;
	q->at = 0;
	ask(q);
}

bool
inquiry_admits(const struct inquiry *q)
{
	return q->question.answer.verdict == VERDICT_ALLOW;
}

void
inquiry_cancel(struct inquiry *q)
{
	gate_question_cancel(&q->question);
}

void
inquiry_clear(struct inquiry *q)
{
	gate_question_clear(&q->question);
	present_questions_clear(&q->questions);
	present_clear(&q->present);
	free(q->id);
	q->id = NULL;
}

/* One image, several names: asked until one of them will do. */
#include "cri/inquiry.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"

static void
ask(struct inquiry *q)
{
	const struct present_question *next = &q->questions.items[q->at];
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
	q->question.record =
	    q->questions.n == 1 ? q->record : q->record & RECORD_ALLOWED;
	gate_question_ask(&q->question, &request);
}

/* The first refusal, or else the first answer, is what holds. */
static void
keep(struct inquiry *q)
{
	struct gate_question *last = &q->question;

	if (q->at > 0 && (q->kept.verdict != VERDICT_ALLOW ||
			     last->answer.verdict == VERDICT_ALLOW))
		return;
	gate_answer_clear(&q->kept);
	json_free(q->kept_record);
	q->kept = last->answer;
	last->answer = (struct gate_answer){ 0 };
	q->kept_record = TAKE(last->untold);
}

static unsigned
record_bit(const struct gate_answer *answer)
{
	return answer->verdict == VERDICT_ALLOW ? RECORD_OVERLOOKED
						: RECORD_REFUSED;
}

/* None was clean: the question's answer becomes the one that was kept. */
static void
settle(struct inquiry *q)
{
	gate_question_clear(&q->question);
	q->question.answer = q->kept;
	q->question.untold = TAKE(q->kept_record);
	q->kept = (struct gate_answer){ 0 };
	if (q->record & record_bit(&q->question.answer))
		gate_question_tell(&q->question);
}

static void
answered(void *arg)
{
	struct inquiry *q = arg;
	const struct gate_answer *answer = &q->question.answer;

	if (gate_question_is_clean(answer) || answer->canceled ||
	    q->questions.n == 1) {
		q->done(q->arg);
		return;
	}
	keep(q);
	if (++q->at < q->questions.n) {
		ask(q);
		return;
	}
	settle(q);
	q->done(q->arg);
}

void
inquiry_ask(struct inquiry *q, struct call *c, struct slice named,
    gate_question_done *done, void *arg)
{
	q->id = present_digest_of_id(&q->present);
	q->shown = (struct gate_present){ .id = q->id,
		.digests = &q->questions.digests,
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
	gate_answer_clear(&q->kept);
	json_free(q->kept_record);
	q->kept_record = NULL;
	free(q->id);
	q->id = NULL;
}

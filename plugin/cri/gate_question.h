#ifndef CRI_GATE_QUESTION_H
#define CRI_GATE_QUESTION_H

#include <stdatomic.h>

#include "cri/call.h"
#include "gate/gate.h"

/*
 * A question to the gate on a call's behalf: asked on the loop's thread,
 * decided on a worker's, and answered on the loop's again.  It lives in the
 * call's state; one is under way at a time, and the call is held meanwhile.
 */
typedef void gate_question_done(void *arg);

/* Which decisions are told to the record. */
#define RECORD_ALLOWED    1u /* with nothing to be said against it */
#define RECORD_OVERLOOKED 2u /* allowed, although something was */
#define RECORD_REFUSED    4u
#define RECORD_ALL        7u

struct gate_question {
	struct call *call;
	unsigned record;
	struct gate_request request; /* borrowed: as old as the state */
	struct gate_ticket *ticket;
	struct gate_answer answer; /* the worker's until `ready` */
	struct json *untold;       /* the record, if it was not told */
	atomic_bool ready;
	struct tag kick;
	gate_question_done *done;
	void *arg;
};

/* q->call, record, done and arg are set; done is called whether or not the
 * client is still there. */
void gate_question_ask(struct gate_question *q,
    const struct gate_request *request);

/* Answer the call with a refusal that no policy need be asked for, on record as
 * any. */
void gate_question_refuse(struct call *c, const struct gate_request *request,
    const struct err *why);

/* The client is gone. */
void gate_question_cancel(struct gate_question *q);

/* Does the answer admit, and has nothing to be said against it? */
bool gate_question_is_clean(const struct gate_answer *answer);

/* Tell the record what was not told. */
void gate_question_tell(struct gate_question *q);

/* Free what the last question left. */
void gate_question_clear(struct gate_question *q);

#endif

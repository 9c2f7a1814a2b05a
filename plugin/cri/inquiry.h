#ifndef CRI_INQUIRY_H
#define CRI_INQUIRY_H

#include "cri/gate_question.h"
#include "cri/pod.h"
#include "gate/present.h"

/*
 * May an image that the runtime has be used?  The questions to which that leads
 * are asked one after the other until one is answered yes with nothing to be said
 * against it.  If none is, the first refusal holds, and what was only overlooked
 * or exempted holds where nothing was refused.  The answer that holds is
 * recorded.  It lives in a call's state.
 */
struct inquiry {
	enum gate_door door;
	unsigned record;       /* which verdicts are told to the record */
	const struct pod *pod; /* NULL: none is named */
	struct present present;
	struct gate_question question; /* its answer is the one that holds */

	/* Its own. */
	struct present_questions questions;
	size_t at;
	char *id; /* of the image, as a digest */
	struct gate_present shown;
	struct gate_answer kept; /* what holds so far */
	struct json *kept_record;
	gate_question_done *done;
	void *arg;
};

/* door, record, pod and present are set.  named is what the client calls the
 * image. */
void inquiry_ask(struct inquiry *q, struct call *c, struct slice named,
    gate_question_done *done, void *arg);
bool inquiry_admits(const struct inquiry *q);
void inquiry_cancel(struct inquiry *q);
void inquiry_clear(struct inquiry *q);

#endif

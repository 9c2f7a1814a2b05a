#ifndef CRI_INQUIRY_H
#define CRI_INQUIRY_H

#include "cri/gate_question.h"
#include "cri/pod.h"
#include "gate/present.h"

/*
 * May an image that the runtime has be used?  The questions to which that leads
 * are asked one after the other until one is answered yes, and that one or the
 * last is recorded.  It lives in a call's state.
 */
struct inquiry {
	enum gate_door door;
	unsigned record;       /* which verdicts are told to the record */
	const struct pod *pod; /* NULL: none is named */
	struct present present;
	struct gate_question
	    question; /* the last one's answer is the verdict */

	/* Its own. */
	struct present_questions questions;
	size_t at;
	char *id; /* of the image, as a digest */
	struct gate_present shown;
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

/* Pods out of checkpoints. */
#include "cri/restore_pod.h"

#include "cri/gate_question.h"
#include "cri/server.h"

bool
restore_pod_applies(const struct relay *r)
{
	return r->settings->gate_create && !r->settings->checkpoints;
}

void
restore_pod_request(struct call *c, struct slice message)
{
	struct gate_request request = { .door = GATE_CREATE,
		.image = slice_str("pod checkpoint") };
	struct err why = { 0 };

	(void)message;
	(void)err_set(&why, ERR_CHECKPOINT,
	    "a pod is not restored from a checkpoint: nothing in it can be "
	    "verified");
	gate_question_refuse(c, &request, &why);
}

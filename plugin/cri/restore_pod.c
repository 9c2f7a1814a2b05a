/* Pods out of checkpoints. */
#include "cri/restore_pod.h"

#include "base/log.h"
#include "cri/server.h"

bool
restore_pod_applies(const struct relay *r)
{
	return r->settings->gate_create && !r->settings->checkpoints;
}

void
restore_pod_request(struct call *c, struct slice message)
{
	(void)message;
	log_line(LOG_WARN, "create: RestorePod is refused");
	call_refuse(c,
	    "SignatureValidationFailed: a pod is not restored from a "
	    "checkpoint: nothing in it can be verified");
}

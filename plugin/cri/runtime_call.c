/* Calls of our own to the runtime. */
#include "cri/runtime_call.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "cri/message.h"
#include "cri/outage.h"
#include "cri/unary.h"

struct own_call {
	struct unary unary;
	struct runtime *runtime;
	struct tag tag;
	bool waited; /* the runtime was away */
	runtime_done *done;
	void *arg;
};

/* It was waited for, and did not come. */
static void
note_absence(struct own_call *c)
{
	struct unary *u = &c->unary;

	if (c->waited && u->status == GRPC_STATUS_DEADLINE_EXCEEDED)
		u->status = GRPC_STATUS_UNAVAILABLE;
	runtime_explain(c->runtime, u->status, &u->details);
}

static void
own_call_done(void *obj, bool ok)
{
	struct own_call *c = obj;
	grpc_slice body = message_bytes(c->unary.response);
	AUTO(str) char *text = NULL;

	note_absence(c);
	text = unary_text(&c->unary);
	c->done(c->arg,
	    &(struct runtime_reply){
		.status = ok ? c->unary.status : GRPC_STATUS_UNAVAILABLE,
		.text = text,
		.body = slice_of(GRPC_SLICE_START_PTR(body),
		    GRPC_SLICE_LENGTH(body)),
	    });
	grpc_slice_unref(body);
	unary_clear(&c->unary);
	free(c);
}

void
runtime_call_cancel(struct own_call *c)
{
	if (c != NULL)
		(void)grpc_call_cancel(c->unary.call, NULL);
}

struct own_call *
runtime_call(struct runtime *r, const struct runtime_request *request,
    runtime_done *done, void *arg)
{
	struct own_call *c = MEM_NEW(struct own_call);

	c->runtime = r;
	c->waited = !runtime_is_ready(r);
	c->done = done;
	c->arg = arg;
	c->tag = (struct tag){ own_call_done, c };
	unary_start(&c->unary, r->channel, loop_queue(r->loop),
	    &(struct unary_question){
		.method = request->method,
		.header = request->header,
		.value = request->value,
		.message = request->message,
		.timeout_ms = c->waited ? OUTAGE_WAIT_MS : request->timeout_ms,
		.wait_for_ready = c->waited,
	    },
	    &c->tag);
	return c;
}

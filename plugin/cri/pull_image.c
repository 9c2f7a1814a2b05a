/* One PullImage: read, asked, answered or passed on by digest, tagged. */
#include "cri/pull_image.h"

#include <grpc/byte_buffer.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cri.pb-c.h"
#include "cri/facts.h"
#include "cri/gate_question.h"
#include "cri/message.h"
#include "cri/pod.h"
#include "cri/seen.h"
#include "cri/server.h"
#include "cri/tag_map.h"
#include "cri/tags.h"

typedef Runtime__V1__PullImageRequest PullImageRequest;

/* What intercept_state points to. */
struct pull {
	PullImageRequest *request; /* unknown fields and all */
	struct pod pod;
	struct credentials creds;
	struct gate_question question;
};

bool
pull_image_applies(const struct relay *r)
{
	return r->settings->gate_pull;
}

void
pull_image_done(struct call *c)
{
	struct pull *p = c->intercept_state;

	if (p == NULL)
		return;
	seen_pull(c->relay->seen);
	if (p->request != NULL)
		runtime__v1__pull_image_request__free_unpacked(p->request,
		    NULL);
	pod_clear(&p->pod);
	credentials_clear(&p->creds);
	gate_question_clear(&p->question);
	free(p);
}

void
pull_image_gone(struct call *c)
{
	struct pull *p = c->intercept_state;

	gate_question_cancel(&p->question);
}

static int
read_credentials(const Runtime__V1__AuthConfig *auth, struct credentials *ret)
{
	if (auth == NULL)
		return 0;
	if (message_text(auth->username, &ret->username) < 0 ||
	    message_text(auth->password, &ret->password) < 0 ||
	    message_text(auth->auth, &ret->auth) < 0 ||
	    message_text(auth->server_address, &ret->server_address) < 0 ||
	    message_text(auth->identity_token, &ret->identity_token) < 0 ||
	    message_text(auth->registry_token, &ret->registry_token) < 0)
		return -1;
	return 0;
}

/* Decode the request; -1 for what the runtime would not take either. */
static int
read_request(struct pull *p, struct slice message)
{
	const Runtime__V1__PodSandboxConfig *sandbox;

	p->request = runtime__v1__pull_image_request__unpack(NULL, message.len,
	    message.ptr);
	if (p->request == NULL || p->request->image == NULL)
		return -1;
	if (read_credentials(p->request->auth, &p->creds) < 0)
		return -1;
	sandbox = p->request->sandbox_config;
	if (sandbox == NULL)
		return 0;
	return pod_read(sandbox->metadata, sandbox->labels, sandbox->n_labels,
	    &p->pod);
}

/*
 * The runtime is told the digest that was verified, or, where nothing had to
 * be, the name as it was understood and asked about.  What goes up is always
 * encoded from what was read, never the bytes that came: two readers might read
 * those differently.
 */
static grpc_byte_buffer *
rewritten(struct pull *p)
{
	const struct gate_answer *answer = &p->question.answer;
	ProtobufCBinaryData *image = &p->request->image->image;

	free(image->data);
	*image = message_data(
	    answer->pinned != NULL ? answer->pinned : answer->image);
	return message_pack(&p->request->base);
}

static void
decided(void *arg)
{
	struct call *c = arg;
	struct pull *p = c->intercept_state;
	const struct gate_answer *answer = &p->question.answer;

	if (c->closed)
		return;
	if (answer->verdict == VERDICT_ALLOW)
		call_release(c, rewritten(p));
	else
		call_refuse(c, answer->message);
}

void
pull_image_request(struct call *c, struct slice message)
{
	struct pull *p = MEM_NEW(struct pull);
	struct gate_request request = { .door = GATE_PULL };

	c->intercept_state = p;
	seen_pull(c->relay->seen);
	p->question.call = c;
	p->question.record = RECORD_ALL;
	p->question.done = decided;
	p->question.arg = c;
	if (message.len > PULL_IMAGE_REQUEST_MAX) {
		call_answer(c, GRPC_STATUS_RESOURCE_EXHAUSTED,
		    "pullgate: PullImageRequest is larger than 4 MiB");
		return;
	}
	if (read_request(p, message) < 0) {
		call_answer(c, GRPC_STATUS_INVALID_ARGUMENT,
		    "pullgate: malformed PullImageRequest");
		return;
	}
	request.image = slice_of(p->request->image->image.data,
	    p->request->image->image.len);
	request.namespace_ = p->pod.namespace_;
	request.pod = p->pod.name;
	request.pod_uid = p->pod.uid;
	request.labels = &p->pod.labels;
	request.creds = &p->creds;
	request.needs_registry = facts_need_registry(c->relay->facts,
	    c->relay->settings->unqualified);
	gate_question_ask(&p->question, &request);
}

static char *
pulled_id(struct call *c)
{
	grpc_slice bytes = call_answer_message(c);
	Runtime__V1__PullImageResponse *r =
	    runtime__v1__pull_image_response__unpack(NULL,
		GRPC_SLICE_LENGTH(bytes), GRPC_SLICE_START_PTR(bytes));
	char *id = NULL;

	if (r != NULL && message_text(r->image_ref, &id) < 0)
		id = NULL;
	if (r != NULL)
		runtime__v1__pull_image_response__free_unpacked(r, NULL);
	grpc_slice_unref(bytes);
	return id;
}

/* The tag is ours to remember, until the runtime knows it itself. */
static void
remember(struct call *c)
{
	const struct pull *p = c->intercept_state;
	const struct gate_answer *answer = &p->question.answer;
	AUTO(str) char *id = pulled_id(c);

	tag_map_put(c->relay->tags, answer->tag, answer->target.digest, id);
}

static void
tagged(void *arg, enum tags_result result, const char *problem)
{
	struct call *c = arg;
	struct pull *p = c->intercept_state;

	if (result == TAGS_NO_API)
		remember(c);
	else if (result == TAGS_FAILED)
		log_line(LOG_WARN, "image %s: tag not set: %s",
		    p->question.answer.tag, problem);
	call_release_answer(c);
	call_unref(c);
}

void
pull_image_answer(struct call *c)
{
	const struct pull *p = c->intercept_state;
	const struct gate_answer *answer = &p->question.answer;
	AUTO(str) char *id = NULL;
	AUTO(str) char *method = NULL;

	if (c->status == GRPC_STATUS_OK && answer->tag != NULL)
		id = pulled_id(c);
	if (id == NULL) {
		call_release_answer(c);
		return;
	}
	method = intercept_method(c, "ImageService", "ImageStatus");
	call_ref(c);
	tags_set(c->relay->runtime,
	    &(struct tag_request){
		.name = answer->tag,
		.target = &answer->target,
		.status_method = method,
		.image_id = id,
	    },
	    tagged, c);
}

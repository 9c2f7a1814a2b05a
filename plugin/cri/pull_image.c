/* One PullImage: read, asked, answered or passed on by digest, tagged. */
#include "cri/pull_image.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cri.pb-c.h"
#include "cri/message.h"
#include "cri/server.h"
#include "cri/tags.h"
#include "gate/gate.h"

typedef Runtime__V1__PullImageRequest PullImageRequest;

/* What intercept_state points to. */
struct pull {
	struct call *call;
	PullImageRequest *request; /* unknown fields and all */
	char *namespace_, *pod, *pod_uid;
	struct str_map labels;
	struct credentials creds;
	struct gate_ticket *ticket;
	struct gate_answer answer; /* the worker's until `ready` */
	atomic_bool ready;
	struct tag kick;
};

void
pull_image_done(struct call *c)
{
	struct pull *p = c->intercept_state;

	if (p == NULL)
		return;
	if (p->request != NULL)
		runtime__v1__pull_image_request__free_unpacked(p->request,
		    NULL);
	free(p->namespace_);
	free(p->pod);
	free(p->pod_uid);
	str_map_clear(&p->labels);
	credentials_clear(&p->creds);
	if (p->ticket != NULL)
		gate_ticket_release(p->ticket);
	gate_answer_clear(&p->answer);
	free(p);
}

void
pull_image_gone(struct call *c)
{
	struct pull *p = c->intercept_state;

	if (p->ticket != NULL)
		gate_cancel(p->ticket);
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

static int
read_labels(const Runtime__V1__PodSandboxConfig *sandbox, struct str_map *ret)
{
	for (size_t i = 0; i < sandbox->n_labels; i++) {
		AUTO(str) char *key = NULL;
		AUTO(str) char *value = NULL;

		if (message_text(sandbox->labels[i]->key, &key) < 0 ||
		    message_text(sandbox->labels[i]->value, &value) < 0)
			return -1;
		str_map_set(ret, key == NULL ? "" : key,
		    value == NULL ? "" : value);
	}
	return 0;
}

static int
read_sandbox(const Runtime__V1__PodSandboxConfig *sandbox, struct pull *p)
{
	const Runtime__V1__PodSandboxMetadata *m;

	if (sandbox == NULL)
		return 0;
	m = sandbox->metadata;
	if (m != NULL && (message_text(m->namespace_, &p->namespace_) < 0 ||
			     message_text(m->name, &p->pod) < 0 ||
			     message_text(m->uid, &p->pod_uid) < 0))
		return -1;
	return read_labels(sandbox, &p->labels);
}

/* Decode the request; -1 for what the runtime would not take either. */
static int
read_request(struct pull *p, struct slice message)
{
	p->request = runtime__v1__pull_image_request__unpack(NULL, message.len,
	    message.ptr);
	if (p->request == NULL || p->request->image == NULL)
		return -1;
	if (read_credentials(p->request->auth, &p->creds) < 0)
		return -1;
	return read_sandbox(p->request->sandbox_config, p);
}

static struct gate_request
gate_request_of(const struct pull *p)
{
	return (struct gate_request){
		.image = slice_of(p->request->image->image.data,
		    p->request->image->image.len),
		.namespace_ = p->namespace_,
		.pod = p->pod,
		.pod_uid = p->pod_uid,
		.labels = &p->labels,
		.creds = &p->creds,
	};
}

/* On a worker's thread: keep the answer and wake the loop. */
static void
decided(void *arg, struct gate_answer *answer)
{
	struct pull *p = arg;
	const struct cri_settings *settings = p->call->relay->settings;
	struct gate_request request = gate_request_of(p);
	grpc_call *down = p->call->down;
	grpc_call_error error;

	if (settings->record != NULL)
		settings->record(settings->record_arg,
		    gate_record(&request, answer), answer->verdict);
	p->answer = *answer;
	*answer = (struct gate_answer){ 0 };
	atomic_store_explicit(&p->ready, true, memory_order_release);
	/* An empty batch may be started on any thread; its tag is posted at
	 * once, and from then on only our own hold keeps the call. */
	grpc_call_ref(down);
	error = grpc_call_start_batch(down, NULL, 0, &p->kick, NULL);
	assert(error == GRPC_CALL_OK);
	(void)error;
	grpc_call_unref(down);
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
	ProtobufCBinaryData *image = &p->request->image->image;

	free(image->data);
	*image = message_data(
	    p->answer.pinned != NULL ? p->answer.pinned : p->answer.image);
	return message_pack(&p->request->base);
}

/* Back on the loop's thread. */
static void
kicked(void *obj, bool ok)
{
	struct pull *p = obj;
	struct call *c = p->call;

	if (!atomic_load_explicit(&p->ready, memory_order_acquire))
		abort();
	(void)ok;
	if (!c->closed) {
		if (p->answer.verdict == VERDICT_ALLOW)
			call_release(c, rewritten(p));
		else
			call_answer(c, GRPC_STATUS_UNKNOWN,
			    p->answer.message == NULL
				? "pullgate: there is no verdict"
				: p->answer.message);
	}
	call_mark(c);
	call_unref(c);
}

void
pull_image_request(struct call *c, struct slice message)
{
	struct pull *p = MEM_NEW(struct pull);
	struct gate_request request;

	c->intercept_state = p;
	p->call = c;
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
	request = gate_request_of(p);
	p->kick = (struct tag){ kicked, p };
	call_ref(c);
	p->ticket = gate_submit(c->relay->settings->gate, &request, decided, p);
}

static void
tagged(void *arg, const char *problem)
{
	struct call *c = arg;
	struct pull *p = c->intercept_state;

	if (problem != NULL)
		log_line(LOG_WARN, "image %s: tag not set: %s", p->answer.tag,
		    problem);
	call_release_answer(c);
	call_unref(c);
}

/* "…/PullImage" to "…/ImageStatus" of the same service. */
static char *
status_method(const struct call *c)
{
	const char *method = c->intercept->method;
	const char *slash = strrchr(method, '/');

	return str_printf("%.*s/ImageStatus", (int)(slash - method), method);
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

void
pull_image_answer(struct call *c)
{
	struct pull *p = c->intercept_state;
	AUTO(str) char *id = NULL;
	AUTO(str) char *method = NULL;

	if (c->status == GRPC_STATUS_OK && p->answer.tag != NULL)
		id = pulled_id(c);
	if (id == NULL) {
		call_release_answer(c);
		return;
	}
	method = status_method(c);
	call_ref(c);
	tags_set(c->relay->runtime,
	    &(struct tag_request){
		.name = p->answer.tag,
		.target = &p->answer.target,
		.status_method = method,
		.image_id = id,
	    },
	    tagged, c);
}

/* One CreateContainer: read, looked up, asked about, passed on by id. */
#include "cri/create_container.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cri.pb-c.h"
#include "cri/facts.h"
#include "cri/has.h"
#include "cri/image_names.h"
#include "cri/inquiry.h"
#include "cri/message.h"
#include "cri/runtime_call.h"
#include "cri/seen.h"
#include "cri/server.h"

/* For the runtime to say what it has; it is on this machine. */
#define LOOKUP_MS 30000

typedef Runtime__V1__CreateContainerRequest CreateContainerRequest;

/* One of the images that the container would have. */
struct wanted {
	struct call *call;
	Runtime__V1__ImageSpec *spec;
	char *image;    /* what the runtime would be told */
	char *named;    /* what the pod says; the same if that is nothing */
	bool seen;      /* the runtime was not asked about it this time */
	uint64_t pulls; /* when it was asked (cri/seen.h) */
	struct own_call *lookup; /* under way */
	struct image_names names;
	struct inquiry inquiry;
};

/* What intercept_state points to. */
struct creation {
	CreateContainerRequest *request; /* unknown fields and all */
	char *sandbox;                   /* its id */
	struct pod pod;
	struct wanted *wanted;
	size_t nwanted, at;
	struct own_call *lookup; /* of the sandbox, under way */
	size_t lookups;          /* all that are under way */
	bool failed;             /* the call is answered */
};

bool
create_container_applies(const struct relay *r)
{
	return r->settings->gate_create;
}

void
create_container_done(struct call *c)
{
	struct creation *k = c->intercept_state;

	if (k == NULL)
		return;
	for (size_t i = 0; i < k->nwanted; i++) {
		free(k->wanted[i].image);
		free(k->wanted[i].named);
		image_names_clear(&k->wanted[i].names);
		inquiry_clear(&k->wanted[i].inquiry);
	}
	free(k->wanted);
	free(k->sandbox);
	pod_clear(&k->pod);
	if (k->request != NULL)
		runtime__v1__create_container_request__free_unpacked(k->request,
		    NULL);
	free(k);
}

void
create_container_gone(struct call *c)
{
	struct creation *k = c->intercept_state;

	runtime_call_cancel(k->lookup);
	for (size_t i = 0; i < k->nwanted; i++) {
		runtime_call_cancel(k->wanted[i].lookup);
		image_names_cancel(&k->wanted[i].names);
		inquiry_cancel(&k->wanted[i].inquiry);
	}
}

static void
fail(struct call *c, grpc_status_code status, const char *text)
{
	struct creation *k = c->intercept_state;

	if (!k->failed && !c->closed)
		call_answer(c, status, text);
	k->failed = true;
}

/* What no policy need be asked about. */
static void
refuse(struct call *c, const char *image, const char *text)
{
	struct creation *k = c->intercept_state;
	struct gate_request request = {
		.door = GATE_CREATE,
		.image = slice_str(image),
		.namespace_ = k->pod.namespace_,
		.pod = k->pod.name,
		.pod_uid = k->pod.uid,
	};
	struct err why = { 0 };

	(void)err_set(&why, ERR_CHECKPOINT, "%s", text);
	if (!k->failed)
		gate_question_refuse(c, &request, &why);
	k->failed = true;
}

static void
release(struct call *c)
{
	struct creation *k = c->intercept_state;

	call_release(c, message_pack(&k->request->base));
}

/* A name may be moved in the meantime, an id and a digest may not. */
static void
tell_id(struct wanted *w)
{
	if (strcmp(w->image, w->inquiry.present.id) == 0 ||
	    strchr(w->image, '@') != NULL)
		return;
	free(w->spec->image.data);
	w->spec->image = message_data(w->inquiry.present.id);
}

static void ask_next(struct call *c);
static void look_up_image(struct wanted *w);

static void
asked(void *arg)
{
	struct wanted *w = arg;
	struct call *c = w->call;
	struct creation *k = c->intercept_state;

	if (!inquiry_admits(&w->inquiry)) {
		if (w->seen && !c->closed)
			look_up_image(w);
		else if (!c->closed)
			call_refuse(c, w->inquiry.question.answer.message);
		return;
	}
	tell_id(w);
	k->at++;
	ask_next(c);
}

static void
ask_next(struct call *c)
{
	struct creation *k = c->intercept_state;
	struct wanted *w;

	if (c->closed)
		return;
	if (k->at == k->nwanted) {
		release(c);
		return;
	}
	w = &k->wanted[k->at];
	w->inquiry.door = GATE_CREATE;
	w->inquiry.pod = &k->pod;
	w->inquiry.record =
	    w->seen ? RECORD_ALLOWED | RECORD_OVERLOOKED : RECORD_ALL;
	inquiry_ask(&w->inquiry, c, slice_str(w->named), asked, w);
}

/* Whether anything was found out or not, one lookup less is under way. */
static void
lookup_done(struct call *c)
{
	struct creation *k = c->intercept_state;

	assert(k->lookups > 0);
	if (--k->lookups == 0 && !k->failed)
		ask_next(c);
	call_mark(c);
	call_unref(c);
}

/* The beginning of an id may come to mean another sandbox: the runtime is told
 * the whole one, of which it spoke. */
static void
note_sandbox(struct call *c, const char *id)
{
	struct creation *k = c->intercept_state;

	if (strcmp(id, k->sandbox) == 0) {
		seen_note_sandbox(c->relay->seen, id, &k->pod);
		return;
	}
	free(k->request->pod_sandbox_id.data);
	k->request->pod_sandbox_id = message_data(id);
}

static void
read_sandbox(struct call *c, struct slice body)
{
	struct creation *k = c->intercept_state;
	Runtime__V1__PodSandboxStatusResponse *r =
	    runtime__v1__pod_sandbox_status_response__unpack(NULL, body.len,
		body.ptr);
	const Runtime__V1__PodSandboxStatus *s = r == NULL ? NULL : r->status;
	AUTO(str) char *id = NULL;

	if (s == NULL || message_text(s->id, &id) < 0 ||
	    pod_read(s->metadata, s->labels, s->n_labels, &k->pod) < 0)
		fail(c, GRPC_STATUS_INTERNAL,
		    "pullgate: the runtime's PodSandboxStatus cannot be read");
	else if (id != NULL)
		note_sandbox(c, id);
	if (r != NULL)
		runtime__v1__pod_sandbox_status_response__free_unpacked(r,
		    NULL);
}

static void
saw_sandbox(void *arg, const struct runtime_reply *reply)
{
	struct call *c = arg;
	struct creation *k = c->intercept_state;

	k->lookup = NULL;
	if (reply->status != GRPC_STATUS_OK)
		fail(c, reply->status, reply->text);
	else
		read_sandbox(c, reply->body);
	lookup_done(c);
}

static bool
is_path(const char *image)
{
	return str_starts(image, "/") || str_starts(image, "./") ||
	       str_starts(image, "../");
}

static void
note_absence(struct wanted *w)
{
	AUTO(str) char *plain = str_printable(slice_str(w->image));
	AUTO(str)
	char *text =
	    str_printf("pullgate: image \"%.512s\" is not on the node", plain);

	if (is_path(w->image))
		refuse(w->call, w->image,
		    "it is a path of the node: a runtime would restore a "
		    "checkpoint from it");
	else
		fail(w->call, GRPC_STATUS_NOT_FOUND, text);
}

static void
note_presence(struct wanted *w)
{
	if (strcmp(w->image, w->inquiry.present.id) == 0)
		seen_note_image(w->call->relay->seen, w->pulls,
		    &w->inquiry.present);
}

static void
looked_at_names(void *arg, const char *problem)
{
	struct wanted *w = arg;

	if (problem == NULL)
		note_presence(w);
	else if (!w->call->closed)
		refuse(w->call, w->image, problem);
	lookup_done(w->call);
}

/* What its ImageStatus says of an image may be what an archive says of itself. */
static void
look_at_names(struct wanted *w)
{
	struct creation *k = w->call->intercept_state;

	k->lookups++;
	call_ref(w->call);
	image_names_clear(&w->names);
	w->names = (struct image_names){
		.runtime = w->call->relay->runtime,
		.present = &w->inquiry.present,
		.read = !w->call->relay->settings->checkpoints &&
			facts_may_restore(w->call->relay->facts),
		.insist = facts_restores(w->call->relay->facts),
		.done = looked_at_names,
		.arg = w,
	};
	image_names_look(&w->names);
}

static void
saw_image(void *arg, const struct runtime_reply *reply)
{
	struct wanted *w = arg;
	struct call *c = w->call;
	Runtime__V1__ImageStatusResponse *r = NULL;

	w->lookup = NULL;
	if (reply->status != GRPC_STATUS_OK)
		fail(c, reply->status, reply->text);
	else
		r = runtime__v1__image_status_response__unpack(NULL,
		    reply->body.len, reply->body.ptr);
	if (r == NULL || has_read(r->image, &w->inquiry.present) < 0)
		fail(c, GRPC_STATUS_INTERNAL,
		    "pullgate: the runtime's ImageStatus cannot be read");
	else if (w->inquiry.present.id == NULL)
		note_absence(w);
	else if (facts_may_be_containerd(c->relay->facts))
		look_at_names(w);
	else
		note_presence(w);
	if (r != NULL)
		runtime__v1__image_status_response__free_unpacked(r, NULL);
	lookup_done(c);
}

static struct own_call *
look_up(struct call *c, const char *service, const char *method,
    const ProtobufCMessage *message, runtime_done *done, void *arg)
{
	struct creation *k = c->intercept_state;
	AUTO(str) char *path = intercept_method(c, service, method);

	k->lookups++;
	call_ref(c);
	return runtime_call(c->relay->runtime,
	    &(struct runtime_request){
		.method = path,
		.message = message,
		.timeout_ms = call_time_left_ms(c, LOOKUP_MS),
	    },
	    done, arg);
}

/* What is known of it from before is forgotten. */
static void
look_up_image(struct wanted *w)
{
	Runtime__V1__ImageStatusRequest image =
	    RUNTIME__V1__IMAGE_STATUS_REQUEST__INIT;

	inquiry_clear(&w->inquiry);
	w->seen = false;
	w->pulls = seen_pulls(w->call->relay->seen);
	image.image = w->spec;
	w->lookup = look_up(w->call, "ImageService", "ImageStatus", &image.base,
	    saw_image, w);
}

static void
look_up_all(struct call *c)
{
	struct creation *k = c->intercept_state;
	Runtime__V1__PodSandboxStatusRequest sandbox =
	    RUNTIME__V1__POD_SANDBOX_STATUS_REQUEST__INIT;

	/* This is one too, so that nothing is asked before all are begun. */
	k->lookups++;
	call_ref(c);
	sandbox.pod_sandbox_id = k->request->pod_sandbox_id;
	if (!seen_sandbox(c->relay->seen, k->sandbox, &k->pod))
		k->lookup = look_up(c, "RuntimeService", "PodSandboxStatus",
		    &sandbox.base, saw_sandbox, c);
	for (size_t i = 0; i < k->nwanted; i++) {
		struct wanted *w = &k->wanted[i];

		w->seen =
		    seen_image(c->relay->seen, w->image, &w->inquiry.present);
		if (!w->seen)
			look_up_image(w);
	}
	lookup_done(c);
}

/* -1 for what is no text, or says nothing. */
static int
want(struct call *c, Runtime__V1__ImageSpec *spec)
{
	struct creation *k = c->intercept_state;
	struct wanted *w = &k->wanted[k->nwanted++];

	w->call = c;
	w->spec = spec;
	if (message_text(spec->image, &w->image) < 0 || w->image == NULL ||
	    message_text(spec->user_specified_image, &w->named) < 0)
		return -1;
	if (w->named == NULL)
		w->named = mem_strdup(w->image);
	return 0;
}

/* The container's image, and those that are volumes. */
static int
read_images(struct call *c, const Runtime__V1__ContainerConfig *config)
{
	struct creation *k = c->intercept_state;
	size_t n = 1;

	for (size_t i = 0; i < config->n_mounts; i++)
		n += config->mounts[i]->image != NULL;
	if (n > CREATE_CONTAINER_IMAGES_MAX)
		return -1;
	k->wanted = mem_zalloc(n * sizeof(*k->wanted));
	if (want(c, config->image) < 0)
		return -1;
	for (size_t i = 0; i < config->n_mounts; i++) {
		Runtime__V1__ImageSpec *spec = config->mounts[i]->image;

		if (spec != NULL && spec->image.len > 0 && want(c, spec) < 0)
			return -1;
	}
	return 0;
}

static int
read_request(struct call *c, struct slice message)
{
	struct creation *k = c->intercept_state;

	if (message.len > CREATE_CONTAINER_REQUEST_MAX)
		return -1;
	k->request = runtime__v1__create_container_request__unpack(NULL,
	    message.len, message.ptr);
	if (k->request == NULL || k->request->config == NULL ||
	    k->request->config->image == NULL ||
	    message_text(k->request->pod_sandbox_id, &k->sandbox) < 0)
		return -1;
	if (k->sandbox == NULL)
		k->sandbox = mem_strdup("");
	return read_images(c, k->request->config);
}

/* A checkpoint in a file, where they are allowed: nobody can verify it. */
static bool
is_allowed_path(struct call *c)
{
	const struct creation *k = c->intercept_state;

	return c->relay->settings->checkpoints && k->nwanted == 1 &&
	       is_path(k->wanted[0].image);
}

void
create_container_request(struct call *c, struct slice message)
{
	struct creation *k = MEM_NEW(struct creation);

	c->intercept_state = k;
	if (read_request(c, message) < 0) {
		fail(c, GRPC_STATUS_INVALID_ARGUMENT,
		    "pullgate: malformed CreateContainerRequest, or one that "
		    "names no image");
		return;
	}
	if (is_allowed_path(c)) {
		log_line(LOG_WARN,
		    "create: a container is restored from the node's %s",
		    k->wanted[0].image);
		release(c);
		return;
	}
	look_up_all(c);
}

/* Setting a tag: create, or update what is there, then see that it is seen. */
#include "cri/tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "containerd_images.pb-c.h"
#include "cri.pb-c.h"
#include "cri/message.h"

#define CREATE "/containerd.services.images.v1.Images/Create"
#define UPDATE "/containerd.services.images.v1.Images/Update"

#define CALL_TIMEOUT_MS 5000
#define POLL_FIRST_MS   1
#define POLL_MAX_MS     64

struct tagging {
	struct runtime *runtime;
	char *name;
	struct descriptor target;
	char *status_method;
	char *image_id;
	int64_t give_up_ms;
	int64_t pause_ms;
	struct timer timer;
	tags_done *done;
	void *arg;
};

static void
finish(struct tagging *t, enum tags_result result, const char *problem)
{
	t->done(t->arg, result, problem);
	free(t->name);
	descriptor_clear(&t->target);
	free(t->status_method);
	free(t->image_id);
	free(t);
}

static void
fail(struct tagging *t, const char *what, const struct runtime_reply *reply)
{
	AUTO(str)
	char *problem = str_printf("%s failed with code %d: %.300s", what,
	    (int)reply->status, reply->text);

	finish(t, TAGS_FAILED, problem);
}

static void
call(struct tagging *t, const char *method, const ProtobufCMessage *message,
    runtime_done *done)
{
	runtime_call(t->runtime,
	    &(struct runtime_request){
		.method = method,
		.header = "containerd-namespace",
		.value = "k8s.io",
		.message = message,
		.timeout_ms = CALL_TIMEOUT_MS,
	    },
	    done, t);
}

static void look(void *obj);

/* Does ImageStatus(name) show the image that was pulled? */
static bool
is_shown(const struct tagging *t, struct slice response)
{
	Runtime__V1__ImageStatusResponse *r =
	    runtime__v1__image_status_response__unpack(NULL, response.len,
		response.ptr);
	bool shown = r != NULL && r->image != NULL &&
		     slice_is(slice_of(r->image->id.data, r->image->id.len),
			 t->image_id);

	if (r != NULL)
		runtime__v1__image_status_response__free_unpacked(r, NULL);
	return shown;
}

static void
looked(void *arg, const struct runtime_reply *reply)
{
	struct tagging *t = arg;

	if (reply->status != GRPC_STATUS_OK) {
		fail(t, "ImageStatus", reply);
	} else if (is_shown(t, reply->body)) {
		finish(t, TAGS_SET, NULL);
	} else if (clock_mono_ms() >= t->give_up_ms) {
		finish(t, TAGS_FAILED, "the runtime does not show the tag");
	} else {
		loop_after(t->runtime->loop, &t->timer, t->pause_ms);
		if (t->pause_ms < POLL_MAX_MS)
			t->pause_ms *= 2;
	}
}

static void
look(void *obj)
{
	struct tagging *t = obj;
	Runtime__V1__ImageSpec spec = RUNTIME__V1__IMAGE_SPEC__INIT;
	Runtime__V1__ImageStatusRequest request =
	    RUNTIME__V1__IMAGE_STATUS_REQUEST__INIT;

	spec.image = message_borrow(t->name);
	request.image = &spec;
	call(t, t->status_method, &request.base, looked);
}

static void
updated(void *arg, const struct runtime_reply *reply)
{
	if (reply->status == GRPC_STATUS_OK)
		look(arg);
	else
		fail(arg, "Images/Update", reply);
}

/* The image record: the name, what it points to, and the label by which the CRI
 * plugin knows that it is its own. */
struct record {
	Containerd__Services__Images__V1__Image image;
	Containerd__Types__Descriptor target;
	Containerd__Services__Images__V1__LabelsEntry label, *labels[1];
};

static void
fill(struct record *r, const struct tagging *t)
{
	containerd__services__images__v1__image__init(&r->image);
	containerd__types__descriptor__init(&r->target);
	containerd__services__images__v1__labels_entry__init(&r->label);
	r->target.media_type = message_borrow(t->target.media_type);
	r->target.digest = message_borrow(t->target.digest);
	r->target.size = (int64_t)t->target.size;
	r->label.key = message_borrow("io.cri-containerd.image");
	r->label.value = message_borrow("managed");
	r->labels[0] = &r->label;
	r->image.name = message_borrow(t->name);
	r->image.target = &r->target;
	r->image.labels = r->labels;
	r->image.n_labels = 1;
}

static void
update(struct tagging *t)
{
	Containerd__Services__Images__V1__UpdateImageRequest request =
	    CONTAINERD__SERVICES__IMAGES__V1__UPDATE_IMAGE_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	ProtobufCBinaryData paths[] = { message_borrow("target"),
		message_borrow("labels.io.cri-containerd.image") };
	struct record record;

	fill(&record, t);
	mask.paths = paths;
	mask.n_paths = COUNT_OF(paths);
	request.image = &record.image;
	request.update_mask = &mask;
	call(t, UPDATE, &request.base, updated);
}

static void
created(void *arg, const struct runtime_reply *reply)
{
	struct tagging *t = arg;

	if (reply->status == GRPC_STATUS_OK)
		look(t);
	else if (reply->status == GRPC_STATUS_ALREADY_EXISTS)
		update(t);
	else if (reply->status == GRPC_STATUS_UNIMPLEMENTED)
		finish(t, TAGS_NO_API, NULL); /* not containerd */
	else
		fail(t, "Images/Create", reply);
}

void
tags_set(struct runtime *r, const struct tag_request *request, tags_done *done,
    void *arg)
{
	Containerd__Services__Images__V1__CreateImageRequest create =
	    CONTAINERD__SERVICES__IMAGES__V1__CREATE_IMAGE_REQUEST__INIT;
	struct tagging *t = MEM_NEW(struct tagging);
	struct record record;

	t->runtime = r;
	t->name = mem_strdup(request->name);
	descriptor_copy(&t->target, request->target);
	t->status_method = mem_strdup(request->status_method);
	t->image_id = mem_strdup(request->image_id);
	t->give_up_ms = clock_mono_ms() + TAGS_WAIT_MS;
	t->pause_ms = POLL_FIRST_MS;
	t->timer = (struct timer){ .fn = look, .obj = t };
	t->done = done;
	t->arg = arg;
	fill(&record, t);
	create.image = &record.image;
	call(t, CREATE, &create.base, created);
}

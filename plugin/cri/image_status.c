/* What the kubelet is told of an image that it looks for. */
#include "cri/image_status.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "cri.pb-c.h"
#include "cri/facts.h"
#include "cri/has.h"
#include "cri/image_names.h"
#include "cri/inquiry.h"
#include "cri/message.h"
#include "cri/runtime_call.h"
#include "cri/server.h"
#include "cri/tag_map.h"
#include "image/reference.h"

#define LOOKUP_MS 30000

typedef Runtime__V1__ImageStatusRequest ImageStatusRequest;
typedef Runtime__V1__ImageStatusResponse ImageStatusResponse;

/* What intercept_state points to. */
struct looking {
	ImageStatusRequest *request;
	char *image; /* what is looked for */
	char *tag;   /* the same, if it is a tag: "registry/app:1" */
	struct own_call *lookup; /* under way */
	struct image_names names;
	struct inquiry inquiry;
};

bool
image_status_applies(const struct relay *r)
{
	return r->settings->hide_unverified || tag_map_count(r->tags) > 0;
}

void
image_status_done(struct call *c)
{
	struct looking *l = c->intercept_state;

	if (l->request != NULL)
		runtime__v1__image_status_request__free_unpacked(l->request,
		    NULL);
	free(l->image);
	free(l->tag);
	image_names_clear(&l->names);
	inquiry_clear(&l->inquiry);
	free(l);
}

void
image_status_gone(struct call *c)
{
	struct looking *l = c->intercept_state;

	runtime_call_cancel(l->lookup);
	image_names_cancel(&l->names);
	inquiry_cancel(&l->inquiry);
}

static char *
tag_of(const char *image)
{
	AUTO(reference) struct reference *ref = NULL;
	struct err ignored;

	if (reference_parse(slice_str(image), &ref, &ignored) < 0 ||
	    ref->digest != NULL)
		return NULL;
	return mem_strdup(ref->text);
}

/*
 * What cannot be read is the runtime's to refuse; but where images may have to
 * be hidden, one that another reader finds in there must not be shown.
 */
void
image_status_request(struct call *c, struct slice message)
{
	struct looking *l = MEM_NEW(struct looking);

	c->intercept_state = l;
	l->request = runtime__v1__image_status_request__unpack(NULL,
	    message.len, message.ptr);
	if (l->request != NULL && l->request->image != NULL &&
	    message_text(l->request->image->image, &l->image) == 0 &&
	    l->image != NULL)
		l->tag = tag_of(l->image);
	if (l->image == NULL && c->relay->settings->hide_unverified)
		call_answer(c, GRPC_STATUS_INVALID_ARGUMENT,
		    "pullgate: malformed ImageStatusRequest, or one that names "
		    "no image");
	else
		call_release(c, message_of_bytes(message));
}

static void
say(struct call *c, const ImageStatusResponse *r)
{
	call_replace_answer(c, message_pack(&r->base));
}

static void
say_absent(struct call *c)
{
	ImageStatusResponse none = RUNTIME__V1__IMAGE_STATUS_RESPONSE__INIT;

	say(c, &none);
}

static void
asked(void *arg)
{
	struct call *c = arg;
	struct looking *l = c->intercept_state;

	if (!inquiry_admits(&l->inquiry))
		say_absent(c);
	call_release_answer(c);
}

static void
inquire(struct call *c)
{
	struct looking *l = c->intercept_state;

	l->inquiry.door = GATE_STATUS;
	l->inquiry.record = RECORD_REFUSED;
	inquiry_ask(&l->inquiry, c, slice_str(l->image), asked, c);
}

static void
looked_at_names(void *arg, const char *problem)
{
	struct call *c = arg;

	if (problem == NULL) {
		inquire(c);
	} else {
		say_absent(c);
		call_release_answer(c);
	}
	call_mark(c);
	call_unref(c);
}

/* Show the image that is in the answer, if it may be shown. */
static void
show(struct call *c, const Runtime__V1__Image *image)
{
	struct looking *l = c->intercept_state;

	if (!c->relay->settings->hide_unverified) {
		call_release_answer(c);
		return;
	}
	if (has_read(image, &l->inquiry.present) < 0 ||
	    l->inquiry.present.id == NULL) {
		say_absent(c);
		call_release_answer(c);
		return;
	}
	if (!facts_may_be_containerd(c->relay->facts)) {
		inquire(c);
		return;
	}
	l->names = (struct image_names){
		.runtime = c->relay->runtime,
		.present = &l->inquiry.present,
		.done = looked_at_names,
		.arg = c,
	};
	call_ref(c);
	image_names_look(&l->names);
}

/* The digest is there under the tag's name, and so the tag is. */
static void
add_tag(Runtime__V1__Image *image, const char *tag)
{
	size_t n = image->n_repo_tags;

	for (size_t i = 0; i < n; i++)
		if (slice_is(slice_of(image->repo_tags[i].data,
				 image->repo_tags[i].len),
			tag))
			return;
	image->repo_tags = mem_realloc_array(image->repo_tags, n + 1,
	    sizeof(*image->repo_tags));
	image->repo_tags[n] = message_data(tag);
	image->n_repo_tags = n + 1;
}

static void
saw_digest(void *arg, const struct runtime_reply *reply)
{
	struct call *c = arg;
	struct looking *l = c->intercept_state;
	ImageStatusResponse *r = NULL;

	l->lookup = NULL;
	if (reply->status == GRPC_STATUS_OK)
		r = runtime__v1__image_status_response__unpack(NULL,
		    reply->body.len, reply->body.ptr);
	if (r != NULL && r->image != NULL && r->image->id.len > 0) {
		add_tag(r->image, l->tag);
		say(c, r);
		show(c, r->image);
	} else {
		if (r != NULL)
			tag_map_drop(c->relay->tags, l->tag);
		call_release_answer(c);
	}
	if (r != NULL)
		runtime__v1__image_status_response__free_unpacked(r, NULL);
	call_mark(c);
	call_unref(c);
}

/* The same request, but for the name: everything else of it stays. */
static void
look_for_digest(struct call *c, const char *digest)
{
	struct looking *l = c->intercept_state;
	AUTO(str)
	char *method = intercept_method(c, "ImageService", "ImageStatus");
	const char *colon = strrchr(l->tag, ':');
	AUTO(str)
	char *name =
	    str_printf("%.*s@%s", (int)(colon - l->tag), l->tag, digest);

	free(l->request->image->image.data);
	l->request->image->image = message_data(name);
	call_ref(c);
	l->lookup = runtime_call(c->relay->runtime,
	    &(struct runtime_request){
		.method = method,
		.message = &l->request->base,
		.timeout_ms = call_time_left_ms(c, LOOKUP_MS),
	    },
	    saw_digest, c);
}

/* The runtime knows no such image: is it a tag of ours? */
static void
look_in_map(struct call *c)
{
	const struct looking *l = c->intercept_state;
	const struct tag_entry *entry =
	    l->tag == NULL ? NULL : tag_map_get(c->relay->tags, l->tag);

	if (entry == NULL)
		call_release_answer(c);
	else
		look_for_digest(c, entry->digest);
}

void
image_status_answer(struct call *c)
{
	const struct looking *l = c->intercept_state;
	ImageStatusResponse *r = NULL;
	grpc_slice bytes;

	if (c->status != GRPC_STATUS_OK || l->image == NULL) {
		call_release_answer(c);
		return;
	}
	bytes = call_answer_message(c);
	r = runtime__v1__image_status_response__unpack(NULL,
	    GRPC_SLICE_LENGTH(bytes), GRPC_SLICE_START_PTR(bytes));
	grpc_slice_unref(bytes);
	if (r == NULL || r->image == NULL || r->image->id.len == 0) {
		look_in_map(c);
	} else {
		if (l->tag != NULL)
			tag_map_drop(c->relay->tags, l->tag);
		show(c, r->image);
	}
	if (r != NULL)
		runtime__v1__image_status_response__free_unpacked(r, NULL);
}

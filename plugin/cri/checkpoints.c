/* What an image's names lead to, manifest by manifest. */
#include "cri/checkpoints.h"

#include <string.h>

#include "containerd_content.pb-c.h"
#include "containerd_images.pb-c.h"
#include "cri/message.h"
#include "image/checkpoint.h"
#include "image/digest.h"
#include "image/manifest.h"

#define GET  "/containerd.services.images.v1.Images/Get"
#define READ "/containerd.services.content.v1.Content/Read"

/* It is a file of this machine. */
#define LOOK_MS 2000

static void
call(struct checkpoints *l, const char *method, const ProtobufCMessage *message,
    runtime_done *done)
{
	l->under_way = runtime_call(l->runtime,
	    &(struct runtime_request){
		.method = method,
		.header = "containerd-namespace",
		.value = "k8s.io",
		.message = message,
		.timeout_ms = LOOK_MS,
	    },
	    done, l);
}

/* Each once; -1 if there are too many. */
static int
want(struct str_list *list, const char *text)
{
	if (str_list_has(list, text))
		return 0;
	if (list->n == CHECKPOINTS_READ_MAX)
		return -1;
	str_list_add(list, text);
	return 0;
}

static int
want_target(struct checkpoints *l, struct slice body)
{
	Containerd__Services__Images__V1__GetImageResponse *r =
	    containerd__services__images__v1__get_image_response__unpack(NULL,
		body.len, body.ptr);
	AUTO(str) char *digest = NULL;
	int ret = -1;

	if (r != NULL && r->image != NULL && r->image->target != NULL &&
	    message_text(r->image->target->digest, &digest) == 0 &&
	    digest != NULL && digest_is_valid(digest))
		ret = want(&l->digests, digest);
	if (r != NULL)
		containerd__services__images__v1__get_image_response__free_unpacked(
		    r, NULL);
	return ret;
}

/* By its own word; if it has none, as what it can be read as. */
static int
parse(struct slice bytes, struct manifest **ret)
{
	static const char *const types[] = { NULL, MEDIA_OCI_MANIFEST,
		MEDIA_OCI_INDEX };
	struct err ignored;

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (manifest_parse(bytes, types[i], ret, &ignored) == 0)
			return 0;
	return -1;
}

static int
read_manifest(struct checkpoints *l, struct slice bytes)
{
	AUTO(manifest) struct manifest *m = NULL;

	if (parse(bytes, &m) < 0)
		return -1;
	if (checkpoint_is_told(&m->annotations))
		l->present->checkpoint = true;
	for (size_t i = 0; i < m->manifests.n; i++) {
		if (checkpoint_is_told(&m->manifests.items[i].annotations))
			l->present->checkpoint = true;
		if (want(&l->digests, m->manifests.items[i].digest) < 0)
			return -1;
	}
	return 0;
}

static int
read_content(struct checkpoints *l, struct slice body)
{
	Containerd__Services__Content__V1__ReadContentResponse *r =
	    containerd__services__content__v1__read_content_response__unpack(
		NULL, body.len, body.ptr);
	int ret = -1;

	if (r != NULL)
		ret = read_manifest(l, slice_of(r->data.data, r->data.len));
	if (r != NULL)
		containerd__services__content__v1__read_content_response__free_unpacked(
		    r, NULL);
	return ret;
}

static void
finish(struct checkpoints *l, const char *problem)
{
	l->done(l->arg, problem);
}

static void look_at_next(struct checkpoints *l);

/* What an answer means, if it is no error; what is not there is not restored. */
static void
take(struct checkpoints *l, const struct runtime_reply *reply,
    int (*read)(struct checkpoints *l, struct slice body), const char *problem)
{
	l->under_way = NULL;
	if (reply->status == GRPC_STATUS_UNIMPLEMENTED)
		finish(l, NULL);
	else if (reply->status == GRPC_STATUS_NOT_FOUND)
		look_at_next(l);
	else if (reply->status != GRPC_STATUS_OK || read(l, reply->body) < 0)
		finish(l, problem);
	else
		look_at_next(l);
}

static void
got(void *arg, const struct runtime_reply *reply)
{
	take(arg, reply, want_target, "containerd's image cannot be read");
}

static void
was_read(void *arg, const struct runtime_reply *reply)
{
	take(arg, reply, read_content,
	    "a manifest of the image cannot be read, or there are too many");
}

static void
look_at_next(struct checkpoints *l)
{
	Containerd__Services__Images__V1__GetImageRequest get =
	    CONTAINERD__SERVICES__IMAGES__V1__GET_IMAGE_REQUEST__INIT;
	Containerd__Services__Content__V1__ReadContentRequest content =
	    CONTAINERD__SERVICES__CONTENT__V1__READ_CONTENT_REQUEST__INIT;

	if (l->present->checkpoint) {
		finish(l, NULL);
	} else if (l->name_at < l->names.n) {
		get.name = message_borrow(l->names.items[l->name_at++]);
		call(l, GET, &get.base, got);
	} else if (l->digest_at < l->digests.n) {
		content.digest =
		    message_borrow(l->digests.items[l->digest_at++]);
		call(l, READ, &content.base, was_read);
	} else {
		finish(l, NULL);
	}
}

/* -1 for more than are looked at. */
static int
begin(struct checkpoints *l)
{
	const struct present *p = l->present;

	if (want(&l->names, p->id) < 0)
		return -1;
	for (size_t i = 0; i < p->tags.n; i++)
		if (want(&l->names, p->tags.items[i]) < 0)
			return -1;
	for (size_t i = 0; i < p->digests.n; i++) {
		const char *at = strchr(p->digests.items[i], '@');

		if (at != NULL && digest_is_valid(at + 1) &&
		    want(&l->digests, at + 1) < 0)
			return -1;
	}
	return 0;
}

void
checkpoints_look(struct checkpoints *l)
{
	if (begin(l) < 0)
		finish(l, "the image has more names than are looked at");
	else
		look_at_next(l);
}

void
checkpoints_cancel(struct checkpoints *l)
{
	runtime_call_cancel(l->under_way);
}

void
checkpoints_clear(struct checkpoints *l)
{
	str_list_clear(&l->names);
	str_list_clear(&l->digests);
	l->name_at = l->digest_at = 0;
}

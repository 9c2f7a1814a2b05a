/* What an image's names stand for, one after the other. */
#include "cri/image_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

/* What the store sends in one message; there must not be two. */
#define CHUNK (1u << 20)

static const char unreadable[] =
    "what containerd has under a name of the image cannot be read, so it cannot "
    "be told what it is";

static void
call(struct image_names *l, const char *method, const ProtobufCMessage *message,
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

static void
finish(struct image_names *l, const char *problem)
{
	l->done(l->arg, problem);
}

static void look_at_next(struct image_names *l);
static void read_on(struct image_names *l);

/* The digest that the name being looked at says it stands for; NULL: it says
 * none. */
static const char *
said(const struct image_names *l)
{
	const char *at = strchr(l->names.items[l->at - 1], '@');

	return at == NULL ? NULL : at + 1;
}

/* It is none of the image's digests. */
static void
disown(struct image_names *l)
{
	struct str_list *digests = &l->present->digests;
	AUTO(str_list) struct str_list kept = { 0 };

	for (size_t i = 0; i < digests->n; i++)
		if (strcmp(digests->items[i], l->names.items[l->at - 1]) != 0)
			str_list_add(&kept, digests->items[i]);
	str_list_clear(digests);
	str_list_copy(digests, &kept);
}

/* True if the answer is one to read; else it was dealt with.  What is not there
 * is not restored, and no name of the image any more. */
static bool
is_answer(struct image_names *l, const struct runtime_reply *reply)
{
	l->under_way = NULL;
	if (reply->status == GRPC_STATUS_OK)
		return true;
	if (reply->status == GRPC_STATUS_NOT_FOUND) {
		if (said(l) != NULL)
			disown(l);
		look_at_next(l);
		return false;
	}
	if (reply->status != GRPC_STATUS_UNIMPLEMENTED)
		finish(l, unreadable);
	else if (l->read && l->insist)
		finish(l,
		    "this containerd restores checkpoints, and its own services "
		    "do not answer at the socket of the runtime (`runtime`), so "
		    "it cannot be told whether the image holds one");
	else
		finish(l, NULL); /* not containerd */
	return false;
}

/* All of it is there. */
static void
judge(struct image_names *l)
{
	static const char *const types[] = { NULL, MEDIA_OCI_MANIFEST,
		MEDIA_OCI_INDEX };
	struct slice bytes = buf_slice(&l->content);
	struct err ignored;

	if (!checkpoint_may_be_told(bytes)) {
		look_at_next(l);
		return;
	}
	/* By its own word; if it has none, as what it can be read as. */
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		AUTO(manifest) struct manifest *m = NULL;

		if (manifest_parse(bytes, types[i], &m, &ignored) < 0)
			continue;
		if (checkpoint_is_told(&m->annotations))
			l->present->checkpoint = true;
		look_at_next(l);
		return;
	}
	finish(l, unreadable);
}

/* -1 for what is no piece of it. */
static int
add_piece(struct image_names *l, struct slice body)
{
	Containerd__Services__Content__V1__ReadContentResponse *r =
	    containerd__services__content__v1__read_content_response__unpack(
		NULL, body.len, body.ptr);
	int ret = -1;

	if (r != NULL && r->data.len > 0 &&
	    r->data.len <= l->size - l->content.len)
		ret = buf_append(&l->content, r->data.data, r->data.len);
	if (r != NULL)
		containerd__services__content__v1__read_content_response__free_unpacked(
		    r, NULL);
	return ret;
}

static void
got_piece(void *arg, const struct runtime_reply *reply)
{
	struct image_names *l = arg;

	if (!is_answer(l, reply))
		return;
	if (add_piece(l, reply->body) < 0)
		finish(l, unreadable);
	else if (l->content.len < l->size)
		read_on(l);
	else
		judge(l);
}

static void
read_on(struct image_names *l)
{
	Containerd__Services__Content__V1__ReadContentRequest request =
	    CONTAINERD__SERVICES__CONTENT__V1__READ_CONTENT_REQUEST__INIT;
	size_t left = l->size - l->content.len;

	request.digest = message_borrow(l->digest);
	request.offset = (int64_t)l->content.len;
	request.size = left < CHUNK ? (int64_t)left : CHUNK;
	call(l, READ, &request.base, got_piece);
}

/* -1 for what no registry could have given. */
static int
read_target(struct image_names *l,
    const Containerd__Services__Images__V1__GetImageResponse *r)
{
	const Containerd__Types__Descriptor *target =
	    r == NULL || r->image == NULL ? NULL : r->image->target;

	free(l->digest);
	l->digest = NULL;
	if (target == NULL || message_text(target->digest, &l->digest) < 0 ||
	    l->digest == NULL || !digest_is_valid(l->digest) ||
	    target->size <= 0 || target->size > IMAGE_NAMES_TARGET_MAX)
		return -1;
	l->size = (size_t)target->size;
	return 0;
}

static void
begin_target(struct image_names *l)
{
	if (said(l) != NULL && strcmp(said(l), l->digest) != 0)
		disown(l);
	if (!l->read || str_list_has(&l->seen, l->digest)) {
		look_at_next(l);
		return;
	}
	str_list_add(&l->seen, l->digest);
	l->total += l->size;
	buf_clear(&l->content);
	l->content = buf_with_max(IMAGE_NAMES_TARGET_MAX);
	if (l->total > IMAGE_NAMES_BYTES_MAX)
		finish(l, unreadable);
	else
		read_on(l);
}

static void
got(void *arg, const struct runtime_reply *reply)
{
	struct image_names *l = arg;
	Containerd__Services__Images__V1__GetImageResponse *r;
	int ret;

	if (!is_answer(l, reply))
		return;
	r = containerd__services__images__v1__get_image_response__unpack(NULL,
	    reply->body.len, reply->body.ptr);
	ret = read_target(l, r);
	if (r != NULL)
		containerd__services__images__v1__get_image_response__free_unpacked(
		    r, NULL);
	if (ret < 0)
		finish(l, unreadable);
	else
		begin_target(l);
}

static void
look_at_next(struct image_names *l)
{
	Containerd__Services__Images__V1__GetImageRequest get =
	    CONTAINERD__SERVICES__IMAGES__V1__GET_IMAGE_REQUEST__INIT;

	if (l->present->checkpoint || l->at == l->names.n) {
		finish(l, NULL);
		return;
	}
	get.name = message_borrow(l->names.items[l->at++]);
	call(l, GET, &get.base, got);
}

void
image_names_look(struct image_names *l)
{
	const struct present *p = l->present;

	if (p->tags.n + p->digests.n >= IMAGE_NAMES_MAX) {
		finish(l,
		    "the image has more names than are looked at, so it cannot "
		    "be told what it is");
		return;
	}
	if (l->read)
		str_list_add(&l->names, p->id);
	for (size_t i = 0; l->read && i < p->tags.n; i++)
		str_list_add(&l->names, p->tags.items[i]);
	for (size_t i = 0; i < p->digests.n; i++)
		str_list_add(&l->names, p->digests.items[i]);
	look_at_next(l);
}

void
image_names_cancel(struct image_names *l)
{
	runtime_call_cancel(l->under_way);
}

void
image_names_clear(struct image_names *l)
{
	str_list_clear(&l->names);
	str_list_clear(&l->seen);
	free(l->digest);
	l->digest = NULL;
	buf_clear(&l->content);
	l->at = l->total = 0;
}

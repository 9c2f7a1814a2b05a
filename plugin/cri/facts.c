/* The runtime, by its own account. */
#include "cri/facts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cri.pb-c.h"
#include "cri/message.h"
#include "cri/runtime_call.h"
#include "policy/describe.h"

#define VERSION_METHOD "/runtime.v1.RuntimeService/Version"
#define STATUS_METHOD  "/runtime.v1.RuntimeService/Status"
#define IMAGES_METHOD  "/runtime.v1.ImageService/ListImages"
#define ASK_MS         2000

/* A runtime keeps one or two; each is judged. */
#define SANDBOXES_MAX 8

/* Until it has answered it is asked again, at longer and longer intervals. */
#define PAUSE_FIRST_MS 1000
#define PAUSE_MAX_MS   30000

struct facts {
	struct runtime *runtime;
	struct gate *gate;
	atomic_int refs;
	struct timer again;
	int64_t pause_ms;
	bool stopped;
	pthread_mutex_t lock; /* of all below, where it is written */
	char *name, *version; /* NULL until it has said so */
	struct str_list warnings;
	struct str_list sandboxes; /* images that it pulls by itself */
};

static void ask_version(void *obj);

struct facts *
facts_new(struct runtime *runtime, struct gate *gate)
{
	struct facts *f = MEM_NEW(struct facts);

	f->runtime = runtime;
	f->gate = gate;
	f->again = (struct timer){ .fn = ask_version, .obj = f };
	atomic_init(&f->refs, 1);
	(void)pthread_mutex_init(&f->lock, NULL);
	return f;
}

void
facts_free(struct facts *f)
{
	if (f == NULL || atomic_fetch_sub(&f->refs, 1) > 1)
		return;
	str_list_clear(&f->warnings);
	str_list_clear(&f->sandboxes);
	(void)pthread_mutex_destroy(&f->lock);
	free(f->name);
	free(f->version);
	free(f);
}

struct json *
facts_json(struct facts *f)
{
	struct json *j = json_new_object();

	(void)pthread_mutex_lock(&f->lock);
	json_set_text(j, "name", f->name);
	json_set_text(j, "version", f->version);
	json_set(j, "warnings", describe_texts(&f->warnings));
	json_set(j, "sandboxImages", describe_texts(&f->sandboxes));
	(void)pthread_mutex_unlock(&f->lock);
	return j;
}

/* Takes the text over. */
static void
warn(struct facts *f, char *text)
{
	log_line(LOG_WARN, "%s", text);
	(void)pthread_mutex_lock(&f->lock);
	str_list_own(&f->warnings, text);
	(void)pthread_mutex_unlock(&f->lock);
}

bool
facts_need_registry(const struct facts *f, enum facts_unqualified how)
{
	switch (how) {
	case UNQUALIFIED_DOCKER:
		return false;
	case UNQUALIFIED_DENY:
		return true;
	case UNQUALIFIED_AUTO:
		return f->name == NULL || (strcmp(f->name, "containerd") != 0 &&
					      strcmp(f->name, "docker") != 0);
	}
	abort();
}

/* "v2.1.9": how many of the three numbers are there? */
static int
read_numbers(const char *version, unsigned ret[3])
{
	return sscanf(version[0] == 'v' ? version + 1 : version, "%u.%u.%u",
	    &ret[0], &ret[1], &ret[2]);
}

bool
facts_restores_checkpoints(const char *containerd)
{
	unsigned v[3] = { 0 };

	if (read_numbers(containerd, v) < 2)
		return true;
	/* A number that is not there is 0. */
	return v[0] == 2 && (v[1] == 1 || (v[1] == 2 && v[2] < 7) ||
				(v[1] == 3 && v[2] < 4));
}

static bool
is_containerd(const struct facts *f)
{
	return f->name != NULL && strcmp(f->name, "containerd") == 0;
}

bool
facts_restores(const struct facts *f)
{
	return is_containerd(f) &&
	       (f->version == NULL || facts_restores_checkpoints(f->version));
}

bool
facts_may_be_containerd(const struct facts *f)
{
	return f->name == NULL || is_containerd(f);
}

bool
facts_may_restore(const struct facts *f)
{
	unsigned v[3] = { 0 };

	if (f->name == NULL)
		return true;
	if (!is_containerd(f))
		return false;
	if (f->version == NULL || read_numbers(f->version, v) < 2)
		return true;
	return v[0] > 2 || (v[0] == 2 && v[1] >= 1);
}

/* On one of the gate's threads. */
static void
judged(void *arg, struct gate_answer *answer)
{
	struct facts *f = arg;

	if (answer->verdict != VERDICT_ALLOW && !answer->canceled)
		warn(f,
		    str_printf(
			"the runtime pulls its sandbox image by itself, past every "
			"gate, and the policies would refuse it: %s",
			answer->message == NULL ? "no verdict"
						: answer->message));
	facts_free(f);
}

static void
check_sandbox_image(struct facts *f, const char *image)
{
	struct gate_request request = { .door = GATE_STATUS,
		.image = slice_str(image) };

	log_line(LOG_DEBUG, "the runtime's sandbox image is %s", image);
	if (f->sandboxes.n == SANDBOXES_MAX ||
	    str_list_has(&f->sandboxes, image))
		return;
	(void)pthread_mutex_lock(&f->lock);
	str_list_add(&f->sandboxes, image);
	(void)pthread_mutex_unlock(&f->lock);
	atomic_fetch_add(&f->refs, 1);
	gate_ticket_release(gate_submit(f->gate, &request, judged, f));
}

/* True if it was there to be looked at. */
static bool
read_config(struct facts *f, struct slice text)
{
	AUTO(json) struct json *config = NULL;
	struct err ignored;
	const char *image;

	if (json_parse(text, &config, &ignored) < 0)
		return false;
	image = json_get_text(config, "sandboxImage");
	if (image == NULL || image[0] == '\0')
		return false;
	check_sandbox_image(f, image);
	return true;
}

static bool
read_info(struct facts *f, const Runtime__V1__StatusResponse *r)
{
	for (size_t i = 0; i < r->n_info; i++) {
		const Runtime__V1__MapEntry *entry = r->info[i];

		if (slice_is(slice_of(entry->key.data, entry->key.len),
			"config") &&
		    read_config(f,
			slice_of(entry->value.data, entry->value.len)))
			return true;
	}
	return false;
}

static void
check_pinned(struct facts *f, const Runtime__V1__Image *image)
{
	AUTO(str) char *name = NULL;
	const ProtobufCBinaryData *from =
	    image->n_repo_tags > 0 ? image->repo_tags : image->repo_digests;

	if (!image->pinned || image->n_repo_tags + image->n_repo_digests == 0)
		return;
	if (message_text(from[0], &name) == 0 && name != NULL)
		check_sandbox_image(f, name);
}

static void
saw_images(void *arg, const struct runtime_reply *reply)
{
	const struct facts *f = arg;
	Runtime__V1__ListImagesResponse *r = NULL;

	if (f->stopped)
		return;
	if (reply->status == GRPC_STATUS_OK)
		r = runtime__v1__list_images_response__unpack(NULL,
		    reply->body.len, reply->body.ptr);
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n_images; i++)
		check_pinned(arg, r->images[i]);
	runtime__v1__list_images_response__free_unpacked(r, NULL);
}

/* containerd 1.x and CRI-O tell their configuration; containerd 2 tells no more
 * than which images it keeps. */
static void
saw_status(void *arg, const struct runtime_reply *reply)
{
	struct facts *f = arg;
	Runtime__V1__ListImagesRequest list =
	    RUNTIME__V1__LIST_IMAGES_REQUEST__INIT;
	Runtime__V1__StatusResponse *r = NULL;
	bool told;

	if (f->stopped)
		return;
	if (reply->status == GRPC_STATUS_OK)
		r = runtime__v1__status_response__unpack(NULL, reply->body.len,
		    reply->body.ptr);
	if (r == NULL)
		return;
	told = read_info(f, r);
	runtime__v1__status_response__free_unpacked(r, NULL);
	if (!told)
		runtime_call(f->runtime,
		    &(struct runtime_request){ .method = IMAGES_METHOD,
			.message = &list.base,
			.timeout_ms = ASK_MS },
		    saw_images, f);
}

static void
warn_of_checkpoints(struct facts *f)
{
	if (f->version != NULL && facts_restores(f))
		warn(f,
		    str_printf(
			"containerd %s restores checkpoints in CreateContainer "
			"where criu is installed, and then pulls an image past "
			"every gate: use 2.2.7, 2.3.4 or later, and let the create "
			"gate refuse them",
			f->version));
}

static void
read_version(struct facts *f, struct slice body)
{
	Runtime__V1__VersionResponse *r =
	    runtime__v1__version_response__unpack(NULL, body.len, body.ptr);

	if (r == NULL)
		return;
	(void)pthread_mutex_lock(&f->lock);
	str_list_clear(&f->warnings);
	str_list_clear(&f->sandboxes);
	free(f->name);
	free(f->version);
	f->name = f->version = NULL;
	if (message_text(r->runtime_name, &f->name) < 0 ||
	    message_text(r->runtime_version, &f->version) < 0)
		f->version = NULL;
	(void)pthread_mutex_unlock(&f->lock);
	runtime__v1__version_response__free_unpacked(r, NULL);
	if (f->name != NULL)
		log_line(LOG_INFO, "the runtime is %s %s", f->name,
		    f->version == NULL ? "(no version)" : f->version);
	warn_of_checkpoints(f);
}

static void
ask_again(struct facts *f, const struct runtime_reply *reply)
{
	if (f->pause_ms == PAUSE_FIRST_MS)
		log_line(LOG_WARN,
		    "the runtime does not say what it is (code %d%s%s); it is "
		    "asked again, and until then a name needs a registry",
		    (int)reply->status, reply->text[0] == '\0' ? "" : ": ",
		    reply->text);
	loop_cancel(f->runtime->loop, &f->again);
	loop_after(f->runtime->loop, &f->again, f->pause_ms);
	f->pause_ms *= 2;
	if (f->pause_ms > PAUSE_MAX_MS)
		f->pause_ms = PAUSE_MAX_MS;
}

static void
saw_version(void *arg, const struct runtime_reply *reply)
{
	struct facts *f = arg;
	Runtime__V1__StatusRequest status = RUNTIME__V1__STATUS_REQUEST__INIT;

	if (f->stopped)
		return;
	if (reply->status == GRPC_STATUS_OK)
		read_version(f, reply->body);
	if (f->name == NULL) {
		ask_again(f, reply);
		return;
	}
	status.verbose = 1;
	runtime_call(f->runtime,
	    &(struct runtime_request){ .method = STATUS_METHOD,
		.message = &status.base,
		.timeout_ms = ASK_MS },
	    saw_status, f);
}

static void
ask_version(void *obj)
{
	struct facts *f = obj;
	Runtime__V1__VersionRequest version =
	    RUNTIME__V1__VERSION_REQUEST__INIT;

	runtime_call(f->runtime,
	    &(struct runtime_request){ .method = VERSION_METHOD,
		.message = &version.base,
		.timeout_ms = ASK_MS },
	    saw_version, f);
}

void
facts_learn(void *facts)
{
	struct facts *f = facts;

	loop_cancel(f->runtime->loop, &f->again);
	f->pause_ms = PAUSE_FIRST_MS;
	ask_version(f);
}

void
facts_stop(struct facts *f)
{
	loop_cancel(f->runtime->loop, &f->again);
	f->stopped = true;
}

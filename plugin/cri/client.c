/* Calls that are waited for. */
#include "cri/client.h"

#include <assert.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/unixsock.h"
#include "cri.pb-c.h"
#include "cri/message.h"
#include "cri/unary.h"

#define VERSION_METHOD "/runtime.v1.RuntimeService/Version"
#define PULL_METHOD    "/runtime.v1.ImageService/PullImage"

/* An answer to a probe is short. */
#define ANSWER_MAX (1 << 20)

static_assert(CRI_CODE_OK == (int)GRPC_STATUS_OK, "of google.rpc.Code");
static_assert(CRI_CODE_UNKNOWN == (int)GRPC_STATUS_UNKNOWN,
    "of google.rpc.Code");

struct cri_client {
	grpc_channel *channel;
	grpc_completion_queue *queue;
};

void
cri_outcome_clear(struct cri_outcome *o)
{
	free(o->text);
	*o = (struct cri_outcome){ 0 };
}

static grpc_channel *
connect_to(const char *path)
{
	AUTO(str) char *target = str_printf("unix:%s", path);
	grpc_channel_credentials *creds = grpc_insecure_credentials_create();
	grpc_arg args[] = {
		{ .type = GRPC_ARG_STRING },
		{ .type = GRPC_ARG_INTEGER },
		{ .type = GRPC_ARG_INTEGER },
	};
	grpc_channel *channel;

	/* gRPC takes the literals as char * and only reads them. */
	args[0].key = (char *)(uintptr_t)GRPC_ARG_DEFAULT_AUTHORITY;
	args[0].value.string = (char *)(uintptr_t) "localhost";
	args[1].key = (char *)(uintptr_t)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
	args[1].value.integer = ANSWER_MAX;
	args[2].key = (char *)(uintptr_t)GRPC_ARG_ENABLE_HTTP_PROXY;
	args[2].value.integer = 0;
	channel = grpc_channel_create(target, creds,
	    &(grpc_channel_args){ COUNT_OF(args), args });
	grpc_channel_credentials_release(creds);
	return channel;
}

int
cri_client_open(const char *address, struct cri_client **ret, struct err *e)
{
	AUTO(str) char *path = NULL;
	struct cri_client *c;
	int error;

	if (unixsock_path(address, &path, e) < 0)
		return -1;
	error = unixsock_probe(path);
	if (error != 0)
		return err_set(e, ERR_NOT_FOUND, "nobody answers at %s: %s",
		    path, strerrordesc_np(error));
	grpc_init();
	c = MEM_NEW(struct cri_client);
	c->channel = connect_to(path);
	c->queue = grpc_completion_queue_create_for_pluck(NULL);
	*ret = c;
	return 0;
}

void
cri_client_close(struct cri_client *c)
{
	if (c == NULL)
		return;
	grpc_channel_destroy(c->channel);
	grpc_completion_queue_shutdown(c->queue);
	while (grpc_completion_queue_pluck(c->queue, NULL,
		   gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)
		   .type != GRPC_QUEUE_SHUTDOWN)
		continue;
	grpc_completion_queue_destroy(c->queue);
	free(c);
	grpc_shutdown();
}

/* Asked and waited for, until the deadline at the latest. */
static void
ask(struct cri_client *c, const char *method, const ProtobufCMessage *message,
    struct unary *u)
{
	unary_start(u, c->channel, c->queue,
	    &(struct unary_question){
		.method = method,
		.message = message,
		.timeout_ms = CRI_CLIENT_WAIT_MS,
	    },
	    u);
	(void)grpc_completion_queue_pluck(c->queue, u,
	    gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
}

static void
take_outcome(const struct unary *u, struct cri_outcome *ret)
{
	ret->code = (int)u->status;
	ret->text = unary_text(u);
}

static int
read_version(grpc_slice body, char **name, char **version)
{
	AUTO(str) char *its_name = NULL, *its_version = NULL;
	Runtime__V1__VersionResponse *r =
	    runtime__v1__version_response__unpack(NULL, GRPC_SLICE_LENGTH(body),
		GRPC_SLICE_START_PTR(body));
	bool good = r != NULL &&
		    message_text(r->runtime_name, &its_name) == 0 &&
		    message_text(r->runtime_version, &its_version) == 0;

	if (r != NULL)
		runtime__v1__version_response__free_unpacked(r, NULL);
	if (!good)
		return -1;
	*name = TAKE(its_name);
	*version = TAKE(its_version);
	return 0;
}

int
cri_client_version(struct cri_client *c, char **name, char **version,
    struct err *e)
{
	Runtime__V1__VersionRequest version_request =
	    RUNTIME__V1__VERSION_REQUEST__INIT;
	AUTO(cri_outcome) struct cri_outcome outcome = { 0 };
	struct unary u;
	grpc_slice body;
	int r;

	ask(c, VERSION_METHOD, &version_request.base, &u);
	take_outcome(&u, &outcome);
	body = message_bytes(u.response);
	r = outcome.code != CRI_CODE_OK ? -1
					: read_version(body, name, version);
	grpc_slice_unref(body);
	unary_clear(&u);
	return r == 0 ? 0
		      : err_set(e, ERR_SYSTEM, "Version is answered with %d %s",
			    outcome.code, outcome.text);
}

void
cri_client_pull(struct cri_client *c, const char *image,
    struct cri_outcome *ret)
{
	Runtime__V1__ImageSpec spec = RUNTIME__V1__IMAGE_SPEC__INIT;
	Runtime__V1__PullImageRequest request =
	    RUNTIME__V1__PULL_IMAGE_REQUEST__INIT;
	struct unary u;

	spec.image = message_borrow(image);
	request.image = &spec;
	ask(c, PULL_METHOD, &request.base, &u);
	take_outcome(&u, ret);
	unary_clear(&u);
}

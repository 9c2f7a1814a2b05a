/*
 * A CRI client for the tests, on gRPC C core: what the kubelet asks of an image
 * service, one call a run, or a storm of pulls at once.
 *
 *   criclient --socket PATH [options] version | list | status IMAGE |
 *       remove IMAGE | pull IMAGE... | call METHOD [FILE]
 *
 * pull takes several images and asks for all of them at once.  call sends what
 * is in the file as it is, and says of the answer how long it is and a checksum,
 * so that two can be compared.  Every answer is a line: "ok" and what was said,
 * or "error CODE MESSAGE".  The exit code is 1 if any call failed.
 */
#include <getopt.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cri_client.pb-c.h"

/* The largest request that call sends. */
#define CALL_MAX ((size_t)64 << 20)

static struct options {
	char *socket, *namespace_, *pod, *uid, *service;
	Testclient__AuthConfig auth;
	bool have_auth, have_sandbox;
	struct str_map labels;
	long timeout_ms;
	int copies;
} opts;

struct rpc {
	grpc_call *call;
	grpc_metadata_array initial, trailing;
	grpc_byte_buffer *request, *response;
	grpc_status_code status;
	grpc_slice details;
	const char *image;
	void (*show)(struct slice response);
};

static grpc_channel *channel;
static grpc_completion_queue *queue;
static bool failed;

static gpr_timespec
deadline(void)
{
	if (opts.timeout_ms <= 0)
		return gpr_inf_future(GPR_CLOCK_MONOTONIC);
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
	    gpr_time_from_millis(opts.timeout_ms, GPR_TIMESPAN));
}

static grpc_slice
packed(const ProtobufCMessage *message)
{
	grpc_slice body =
	    grpc_slice_malloc(protobuf_c_message_get_packed_size(message));

	protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(body));
	return body;
}

/* Starts the call with that body, which it takes. */
static void
rpc_start(struct rpc *r, const char *method, grpc_slice body)
{
	grpc_slice path = grpc_slice_from_copied_string(method);
	grpc_op ops[6] = { 0 };

	r->request = grpc_raw_byte_buffer_create(&body, 1);
	grpc_slice_unref(body);
	grpc_metadata_array_init(&r->initial);
	grpc_metadata_array_init(&r->trailing);
	r->call = grpc_channel_create_call(channel, NULL, 0, queue, path, NULL,
	    deadline(), NULL);
	grpc_slice_unref(path);
	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[1].op = GRPC_OP_SEND_MESSAGE;
	ops[1].data.send_message.send_message = r->request;
	ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[3].data.recv_initial_metadata.recv_initial_metadata = &r->initial;
	ops[4].op = GRPC_OP_RECV_MESSAGE;
	ops[4].data.recv_message.recv_message = &r->response;
	ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	ops[5].data.recv_status_on_client.trailing_metadata = &r->trailing;
	ops[5].data.recv_status_on_client.status = &r->status;
	ops[5].data.recv_status_on_client.status_details = &r->details;
	if (grpc_call_start_batch(r->call, ops, 6, r, NULL) != GRPC_CALL_OK)
		abort();
}

static void
rpc_finish(struct rpc *r)
{
	grpc_byte_buffer_reader reader;
	grpc_slice all = grpc_empty_slice();
	char *text = grpc_slice_to_c_string(r->details);

	if (r->image != NULL)
		printf("%s ", r->image);
	if (r->status != GRPC_STATUS_OK) {
		printf("error %d %s\n", (int)r->status, text);
		failed = true;
	} else {
		printf("ok ");
		if (r->response != NULL &&
		    grpc_byte_buffer_reader_init(&reader, r->response)) {
			all = grpc_byte_buffer_reader_readall(&reader);
			grpc_byte_buffer_reader_destroy(&reader);
		}
		r->show(slice_of(GRPC_SLICE_START_PTR(all),
		    GRPC_SLICE_LENGTH(all)));
		grpc_slice_unref(all);
	}
	gpr_free(text);
	grpc_slice_unref(r->details);
	grpc_metadata_array_destroy(&r->initial);
	grpc_metadata_array_destroy(&r->trailing);
	grpc_byte_buffer_destroy(r->request);
	if (r->response != NULL)
		grpc_byte_buffer_destroy(r->response);
	grpc_call_unref(r->call);
}

static void
wait_all(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		grpc_event ev = grpc_completion_queue_next(queue,
		    gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);

		rpc_finish(ev.tag);
	}
}

static void
show_pull(struct slice s)
{
	Testclient__PullImageResponse *m =
	    testclient__pull_image_response__unpack(NULL, s.len, s.ptr);

	printf("%s\n", m == NULL ? "?" : m->image_ref);
	testclient__pull_image_response__free_unpacked(m, NULL);
}

static void
show_image(const Testclient__Image *m)
{
	printf("%s", m->id);
	for (size_t i = 0; i < m->n_repo_tags; i++)
		printf(" %s", m->repo_tags[i]);
	for (size_t i = 0; i < m->n_repo_digests; i++)
		printf(" %s", m->repo_digests[i]);
	printf("\n");
}

static void
show_status(struct slice s)
{
	Testclient__ImageStatusResponse *m =
	    testclient__image_status_response__unpack(NULL, s.len, s.ptr);

	if (m == NULL || m->image == NULL)
		printf("absent\n");
	else
		show_image(m->image);
	testclient__image_status_response__free_unpacked(m, NULL);
}

static void
show_list(struct slice s)
{
	Testclient__ListImagesResponse *m =
	    testclient__list_images_response__unpack(NULL, s.len, s.ptr);

	printf("%zu images\n", m == NULL ? 0 : m->n_images);
	for (size_t i = 0; m != NULL && i < m->n_images; i++)
		show_image(m->images[i]);
	testclient__list_images_response__free_unpacked(m, NULL);
}

static void
show_version(struct slice s)
{
	Testclient__VersionResponse *m =
	    testclient__version_response__unpack(NULL, s.len, s.ptr);

	printf("%s %s\n", m == NULL ? "?" : m->runtime_name,
	    m == NULL ? "?" : m->runtime_version);
	testclient__version_response__free_unpacked(m, NULL);
}

/* The length, and FNV-1a: nobody here forges checksums. */
static void
show_bytes(struct slice s)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < s.len; i++)
		sum = (sum ^ s.ptr[i]) * 0x100000001b3;
	printf("%zu bytes %016" PRIx64 "\n", s.len, sum);
}

static char *
method(const char *service, const char *name)
{
	return str_printf("/%s.%s/%s",
	    opts.service == NULL ? "runtime.v1" : opts.service, service, name);
}

static void
fill_pull(Testclient__PullImageRequest *m, Testclient__ImageSpec *spec,
    char *image)
{
	static Testclient__PodSandboxConfig sandbox;
	static Testclient__PodSandboxMetadata metadata;
	static Testclient__LabelsEntry entries[16], *list[16];

	testclient__pull_image_request__init(m);
	testclient__image_spec__init(spec);
	testclient__pod_sandbox_config__init(&sandbox);
	testclient__pod_sandbox_metadata__init(&metadata);
	spec->image = image;
	spec->user_specified_image = image;
	m->image = spec;
	if (opts.have_auth)
		m->auth = &opts.auth;
	if (!opts.have_sandbox)
		return;
	metadata.namespace_ = opts.namespace_;
	metadata.name = opts.pod;
	metadata.uid = opts.uid;
	for (size_t i = 0; i < opts.labels.n && i < COUNT_OF(entries); i++) {
		testclient__labels_entry__init(&entries[i]);
		entries[i].key = opts.labels.items[i].key;
		entries[i].value = opts.labels.items[i].value;
		list[i] = &entries[i];
		sandbox.n_labels = i + 1;
	}
	sandbox.labels = list;
	sandbox.metadata = &metadata;
	m->sandbox_config = &sandbox;
}

static void
pull(char **images, size_t n)
{
	size_t total = n * (size_t)opts.copies;
	struct rpc *rpcs = mem_calloc(total, sizeof(*rpcs));
	AUTO(str) char *name = method("ImageService", "PullImage");

	for (size_t i = 0; i < total; i++) {
		Testclient__PullImageRequest m;
		Testclient__ImageSpec spec;

		fill_pull(&m, &spec, images[i % n]);
		rpcs[i].show = show_pull;
		rpcs[i].image = total > 1 ? images[i % n] : NULL;
		rpc_start(&rpcs[i], name, packed(&m.base));
	}
	wait_all(total);
	free(rpcs);
}

static void
about_image(const char *name, char *image, void (*show)(struct slice))
{
	Testclient__ImageRequest m = TESTCLIENT__IMAGE_REQUEST__INIT;
	Testclient__ImageSpec spec;
	AUTO(str) char *full = method("ImageService", name);
	struct rpc r = { .show = show };

	testclient__image_spec__init(&spec);
	spec.image = image;
	m.image = &spec;
	rpc_start(&r, full,
	    image == NULL ? grpc_empty_slice() : packed(&m.base));
	wait_all(1);
}

static void
plain(const char *full, grpc_slice body, void (*show)(struct slice))
{
	struct rpc r = { .show = show };

	rpc_start(&r, full, body);
	wait_all(1);
}

static int
call(const char *full, const char *path)
{
	AUTO(buf) struct buf text = buf_with_max(CALL_MAX);
	struct err e;

	if (path != NULL && file_read(path, CALL_MAX, &text, &e) < 0) {
		fprintf(stderr, "criclient: %s\n", e.msg);
		return 2;
	}
	plain(full, grpc_slice_from_copied_buffer(buf_text(&text), text.len),
	    show_bytes);
	return failed;
}

static int
run(int argc, char **argv)
{
	AUTO(str) char *version = method("RuntimeService", "Version");

	if (argc == 1 && strcmp(argv[0], "version") == 0)
		plain(version, grpc_empty_slice(), show_version);
	else if (argc == 1 && strcmp(argv[0], "list") == 0)
		about_image("ListImages", NULL, show_list);
	else if (argc == 2 && strcmp(argv[0], "status") == 0)
		about_image("ImageStatus", argv[1], show_status);
	else if (argc == 2 && strcmp(argv[0], "remove") == 0)
		about_image("RemoveImage", argv[1], show_bytes);
	else if (argc >= 2 && strcmp(argv[0], "pull") == 0)
		pull(argv + 1, (size_t)argc - 1);
	else if ((argc == 2 || argc == 3) && strcmp(argv[0], "call") == 0)
		return call(argv[1], argc == 3 ? argv[2] : NULL);
	else {
		fprintf(stderr, "criclient: see the top of criclient.c\n");
		return 2;
	}
	return failed;
}

static void
connect_to(const char *path)
{
	AUTO(str) char *target = str_printf("unix:%s", path);
	grpc_channel_credentials *creds = grpc_insecure_credentials_create();
	char key[] = GRPC_ARG_DEFAULT_AUTHORITY, value[] = "localhost";
	char key2[] = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
	grpc_arg args[2] = { { .type = GRPC_ARG_STRING, .key = key },
		{ .type = GRPC_ARG_INTEGER, .key = key2 } };

	args[0].value.string = value;
	args[1].value.integer = -1;
	channel =
	    grpc_channel_create(target, creds, &(grpc_channel_args){ 2, args });
	grpc_channel_credentials_release(creds);
	queue = grpc_completion_queue_create_for_next(NULL);
}

static void
add_label(const char *text)
{
	AUTO(str) char *copy = mem_strdup(text);
	char *equals = strchr(copy, '=');

	if (equals == NULL)
		abort();
	*equals = '\0';
	str_map_set(&opts.labels, copy, equals + 1);
}

static void
take(int opt)
{
	static const struct {
		int opt;
		char **value;
		bool *flag;
	} texts[] = {
		{ 's', &opts.socket, NULL },
		{ 'S', &opts.service, NULL },
		{ 'n', &opts.namespace_, &opts.have_sandbox },
		{ 'P', &opts.pod, &opts.have_sandbox },
		{ 'U', &opts.uid, &opts.have_sandbox },
		{ 'u', &opts.auth.username, &opts.have_auth },
		{ 'p', &opts.auth.password, &opts.have_auth },
		{ 'a', &opts.auth.auth, &opts.have_auth },
		{ 'A', &opts.auth.server_address, &opts.have_auth },
		{ 'i', &opts.auth.identity_token, &opts.have_auth },
		{ 'r', &opts.auth.registry_token, &opts.have_auth },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (texts[i].opt != opt)
			continue;
		*texts[i].value = optarg;
		if (texts[i].flag != NULL)
			*texts[i].flag = true;
	}
	if (opt == 'l') {
		add_label(optarg);
		opts.have_sandbox = true;
	}
	if (opt == 't')
		opts.timeout_ms = strtol(optarg, NULL, 10);
	if (opt == 'c')
		opts.copies = (int)strtol(optarg, NULL, 10);
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "service", required_argument, NULL, 'S' },
		{ "namespace", required_argument, NULL, 'n' },
		{ "pod", required_argument, NULL, 'P' },
		{ "uid", required_argument, NULL, 'U' },
		{ "label", required_argument, NULL, 'l' },
		{ "username", required_argument, NULL, 'u' },
		{ "password", required_argument, NULL, 'p' },
		{ "auth", required_argument, NULL, 'a' },
		{ "server-address", required_argument, NULL, 'A' },
		{ "identity-token", required_argument, NULL, 'i' },
		{ "registry-token", required_argument, NULL, 'r' },
		{ "timeout-ms", required_argument, NULL, 't' },
		{ "copies", required_argument, NULL, 'c' },
		{ 0 },
	};
	static char empty[] = "";
	int opt, r;

	testclient__auth_config__init(&opts.auth);
	opts.namespace_ = opts.pod = opts.uid = empty;
	opts.copies = 1;
	opts.timeout_ms = 120000;
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		if (opt == '?')
			return 2;
		take(opt);
	}
	if (opts.socket == NULL)
		return 2;
	grpc_init();
	connect_to(opts.socket);
	r = run(argc - optind, argv + optind);
	grpc_channel_destroy(channel);
	grpc_completion_queue_shutdown(queue);
	while (grpc_completion_queue_next(queue,
		   gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)
		   .type != GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(queue);
	str_map_clear(&opts.labels);
	grpc_shutdown();
	return r;
}

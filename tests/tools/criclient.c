/*
 * A CRI client for the tests, on gRPC C core: what the kubelet asks of a
 * runtime, one call a run, a storm of pulls at once, or all the calls a pod takes.
 *
 *   criclient --socket PATH [--runtime-socket PATH] [options] COMMAND
 *
 *   version | runtime-status
 *   list | status IMAGE | inspect IMAGE | remove IMAGE | pull IMAGE...
 *   runp [NAME] | stop-pod POD | rmp POD | pods
 *   create POD IMAGE [USER_SPECIFIED] | start ID | stop ID | rm ID | psc ID | ps
 *   kubelet-run IMAGE
 *   call METHOD [FILE]
 *
 * pull takes several images and asks for all of them at once.  call sends what
 * is in the file as it is, and says of the answer how long it is and a checksum,
 * so that two can be compared.  kubelet-run is the kubelet's whole way to one
 * container, a line a step; a pod that does not start is taken away again.
 * Every answer is a line: "ok" and what was said, or "error CODE MESSAGE".  The
 * exit code is 1 if any call failed.
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

/* How many labels, annotations and volumes a pod may have here. */
#define ENTRIES_MAX 16

/* Of the CRI's enumeration of namespaces. */
#define OF_CONTAINER 1
#define OF_NODE      2

static struct options {
	char *socket, *runtime_socket, *namespace_, *pod, *uid, *service;
	char *container, *handler, *log_directory, *pull_policy;
	Testclient__AuthConfig auth;
	bool have_auth, have_sandbox;
	struct str_map labels, annotations;
	struct str_list command, volumes;
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

/* What came back: bytes, or a code and a message. */
struct answer {
	grpc_status_code status;
	char *text;
	grpc_slice body;
};

static grpc_channel *channel, *runtime_channel;
static grpc_completion_queue *queue;

/* Did any call fail, and are errors told with the name of what failed? */
static bool failed, stepwise;

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
	bool runtime = strstr(method, ".RuntimeService/") != NULL;
	grpc_op ops[6] = { 0 };

	r->request = grpc_raw_byte_buffer_create(&body, 1);
	grpc_slice_unref(body);
	grpc_metadata_array_init(&r->initial);
	grpc_metadata_array_init(&r->trailing);
	r->call = grpc_channel_create_call(runtime ? runtime_channel : channel,
	    NULL, 0, queue, path, NULL, deadline(), NULL);
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

/* The call is over: its answer is the caller's, the rest is freed. */
static void
rpc_end(struct rpc *r, struct answer *ret)
{
	grpc_byte_buffer_reader reader;

	ret->status = r->status;
	ret->text = grpc_slice_to_c_string(r->details);
	ret->body = grpc_empty_slice();
	if (r->response != NULL &&
	    grpc_byte_buffer_reader_init(&reader, r->response)) {
		ret->body = grpc_byte_buffer_reader_readall(&reader);
		grpc_byte_buffer_reader_destroy(&reader);
	}
	grpc_slice_unref(r->details);
	grpc_metadata_array_destroy(&r->initial);
	grpc_metadata_array_destroy(&r->trailing);
	grpc_byte_buffer_destroy(r->request);
	if (r->response != NULL)
		grpc_byte_buffer_destroy(r->response);
	grpc_call_unref(r->call);
}

static struct slice
answer_slice(const struct answer *a)
{
	return slice_of(GRPC_SLICE_START_PTR(a->body),
	    GRPC_SLICE_LENGTH(a->body));
}

static void
answer_clear(struct answer *a)
{
	gpr_free(a->text);
	grpc_slice_unref(a->body);
}

static void
rpc_finish(struct rpc *r)
{
	struct answer a;

	rpc_end(r, &a);
	if (r->image != NULL)
		printf("%s ", r->image);
	if (a.status != GRPC_STATUS_OK) {
		printf("error %d %s\n", (int)a.status, a.text);
		failed = true;
	} else {
		printf("ok ");
		r->show(answer_slice(&a));
	}
	answer_clear(&a);
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

/* A line for each, sorted. */
static void
print_sorted(char **items, size_t n)
{
	AUTO(str_list) struct str_list list = { 0 };

	for (size_t i = 0; i < n; i++)
		str_list_add(&list, items[i]);
	str_list_sort(&list);
	for (size_t i = 0; i < n; i++)
		printf("%s\n", list.items[i]);
}

static void
show_inspect(struct slice s)
{
	Testclient__ImageStatusResponse *m =
	    testclient__image_status_response__unpack(NULL, s.len, s.ptr);

	if (m == NULL || m->image == NULL)
		printf("absent\n");
	else {
		printf("%s\n", m->image->id);
		print_sorted(m->image->repo_tags, m->image->n_repo_tags);
		print_sorted(m->image->repo_digests, m->image->n_repo_digests);
	}
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

/* Entries for a map; as many as there is room for. */
static Testclient__LabelsEntry **
entries_of(const struct str_map *map, Testclient__LabelsEntry *room, size_t *n)
{
	static Testclient__LabelsEntry *lists[2][ENTRIES_MAX];
	Testclient__LabelsEntry **list = lists[map == &opts.annotations];

	*n = map->n < ENTRIES_MAX ? map->n : ENTRIES_MAX;
	for (size_t i = 0; i < *n; i++) {
		testclient__labels_entry__init(&room[i]);
		room[i].key = map->items[i].key;
		room[i].value = map->items[i].value;
		list[i] = &room[i];
	}
	return list;
}

/* The pod, as the options tell it. */
static Testclient__PodSandboxConfig *
sandbox_config(void)
{
	static Testclient__PodSandboxConfig config;
	static Testclient__PodSandboxMetadata metadata;
	static Testclient__LabelsEntry labels[ENTRIES_MAX];
	static Testclient__LabelsEntry annotations[ENTRIES_MAX];

	testclient__pod_sandbox_config__init(&config);
	testclient__pod_sandbox_metadata__init(&metadata);
	metadata.namespace_ = opts.namespace_;
	metadata.name = opts.pod;
	metadata.uid = opts.uid;
	config.metadata = &metadata;
	config.labels = entries_of(&opts.labels, labels, &config.n_labels);
	config.annotations =
	    entries_of(&opts.annotations, annotations, &config.n_annotations);
	return &config;
}

/* The same when it is to run: what a runtime cannot do without is filled in. */
static Testclient__PodSandboxConfig *
running_config(void)
{
	static Testclient__LinuxPodSandboxConfig on_linux;
	static Testclient__LinuxSandboxSecurityContext security;
	static Testclient__NamespaceOption namespaces;
	static char pod[] = "pod", namespace_[] = "default";
	static char cgroup[] = "/criclient";
	Testclient__PodSandboxConfig *config;

	opts.have_sandbox = true;
	if (*opts.pod == '\0')
		opts.pod = pod;
	if (*opts.namespace_ == '\0')
		opts.namespace_ = namespace_;
	if (*opts.uid == '\0')
		opts.uid = opts.pod;
	config = sandbox_config();
	testclient__linux_pod_sandbox_config__init(&on_linux);
	testclient__linux_sandbox_security_context__init(&security);
	testclient__namespace_option__init(&namespaces);
	namespaces.network = OF_NODE;
	namespaces.pid = OF_CONTAINER;
	security.namespace_options = &namespaces;
	on_linux.security_context = &security;
	on_linux.cgroup_parent = cgroup;
	config->on_linux = &on_linux;
	if (opts.log_directory != NULL)
		config->log_directory = opts.log_directory;
	return config;
}

static void
fill_pull(Testclient__PullImageRequest *m, Testclient__ImageSpec *spec,
    char *image)
{
	testclient__pull_image_request__init(m);
	testclient__image_spec__init(spec);
	spec->image = image;
	spec->user_specified_image = image;
	m->image = spec;
	if (opts.have_auth)
		m->auth = &opts.auth;
	if (opts.have_sandbox)
		m->sandbox_config = sandbox_config();
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

/* A file's bytes as they are. */
static void
call(char **args, size_t n)
{
	AUTO(buf) struct buf text = buf_with_max(CALL_MAX);
	struct err e;

	if (n == 2 && file_read(args[1], CALL_MAX, &text, &e) < 0) {
		fprintf(stderr, "criclient: %s\n", e.msg);
		failed = true;
		return;
	}
	plain(args[0], grpc_slice_from_copied_buffer(buf_text(&text), text.len),
	    show_bytes);
}

static void
version(char **args, size_t n)
{
	AUTO(str) char *full = method("RuntimeService", "Version");

	(void)args, (void)n;
	plain(full, grpc_empty_slice(), show_version);
}

static void
list(char **args, size_t n)
{
	(void)args, (void)n;
	about_image("ListImages", NULL, show_list);
}

static void
status(char **args, size_t n)
{
	(void)n;
	about_image("ImageStatus", args[0], show_status);
}

static void
inspect(char **args, size_t n)
{
	(void)n;
	about_image("ImageStatus", args[0], show_inspect);
}

static void
remove_image(char **args, size_t n)
{
	(void)n;
	about_image("RemoveImage", args[0], show_bytes);
}

/* Pods and containers ----------------------------------------------------- */

/* Ask and wait.  A failure is told; otherwise the answer is the caller's. */
static bool
ask(const char *service, const char *name, const ProtobufCMessage *m,
    struct answer *ret)
{
	AUTO(str) char *full = method(service, name);
	struct rpc r = { 0 };

	rpc_start(&r, full, packed(m));
	grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC),
	    NULL);
	rpc_end(&r, ret);
	if (ret->status == GRPC_STATUS_OK)
		return true;
	printf("%s%serror %d %s\n", stepwise ? name : "", stepwise ? " " : "",
	    (int)ret->status, ret->text);
	failed = true;
	answer_clear(ret);
	return false;
}

/* Ask the runtime for something that is answered by an id; NULL if it fails. */
static char *
ask_for_id(const char *name, const ProtobufCMessage *m)
{
	struct answer a;
	Testclient__Id *got;
	char *id;

	if (!ask("RuntimeService", name, m, &a))
		return NULL;
	got = testclient__id__unpack(NULL, answer_slice(&a).len,
	    answer_slice(&a).ptr);
	id = mem_strdup(got == NULL ? "?" : got->id);
	testclient__id__free_unpacked(got, NULL);
	answer_clear(&a);
	return id;
}

/* A call that is about an id alone. */
static bool
do_to_id(const char *name, char *id)
{
	Testclient__Id m;
	struct answer a;

	testclient__id__init(&m);
	m.id = id;
	if (!ask("RuntimeService", name, &m.base, &a))
		return false;
	answer_clear(&a);
	return true;
}

static char *
run_pod(void)
{
	Testclient__RunPodSandboxRequest m;

	testclient__run_pod_sandbox_request__init(&m);
	m.config = running_config();
	if (opts.handler != NULL)
		m.runtime_handler = opts.handler;
	return ask_for_id("RunPodSandbox", &m.base);
}

/* An image to make a container of, or a volume of it. */
struct wanted {
	char *image;
	char *user_specified;
};

/* IMAGE[=USER_SPECIFIED]; both are the caller's. */
static struct wanted
wanted_of(const char *text)
{
	struct wanted w = { mem_strdup(text), NULL };
	char *equals = strchr(w.image, '=');

	if (equals != NULL) {
		*equals = '\0';
		w.user_specified = mem_strdup(equals + 1);
	}
	return w;
}

static void
wanted_clear(struct wanted *w)
{
	free(w->image);
	free(w->user_specified);
}

/* What a container has to be told of, in one piece. */
struct container {
	Testclient__ContainerConfig config;
	Testclient__ContainerMetadata metadata;
	Testclient__ImageSpec image;
	Testclient__LinuxContainerConfig on_linux;
	Testclient__LinuxContainerSecurityContext security;
	Testclient__NamespaceOption namespaces;
	Testclient__Mount mounts[ENTRIES_MAX], *mount_list[ENTRIES_MAX];
	Testclient__ImageSpec images[ENTRIES_MAX];
	char *paths[ENTRIES_MAX];
	char *log_path;
};

static void
fill_image(Testclient__ImageSpec *spec, const struct wanted *w)
{
	testclient__image_spec__init(spec);
	spec->image = w->image;
	if (w->user_specified != NULL)
		spec->user_specified_image = w->user_specified;
}

static void
fill_mounts(struct container *c, const struct wanted *volumes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		c->paths[i] = str_printf("/vol%zu", i);
		testclient__mount__init(&c->mounts[i]);
		fill_image(&c->images[i], &volumes[i]);
		c->mounts[i].container_path = c->paths[i];
		c->mounts[i].readonly = true;
		c->mounts[i].image = &c->images[i];
		c->mount_list[i] = &c->mounts[i];
	}
	c->config.mounts = c->mount_list;
	c->config.n_mounts = n;
}

static void
fill_container(struct container *c, const struct wanted *image)
{
	testclient__container_config__init(&c->config);
	testclient__container_metadata__init(&c->metadata);
	testclient__linux_container_config__init(&c->on_linux);
	testclient__linux_container_security_context__init(&c->security);
	testclient__namespace_option__init(&c->namespaces);
	c->namespaces.network = OF_NODE;
	c->namespaces.pid = OF_CONTAINER;
	c->security.namespace_options = &c->namespaces;
	c->on_linux.security_context = &c->security;
	c->config.on_linux = &c->on_linux;
	c->metadata.name = opts.container;
	c->config.metadata = &c->metadata;
	fill_image(&c->image, image);
	c->config.image = &c->image;
	c->config.command = opts.command.items;
	c->config.n_command = opts.command.n;
	c->log_path = str_printf("%s.log", opts.container);
	c->config.log_path = c->log_path;
}

/* The new container's id; NULL if it was refused. */
static char *
create_container(char *pod, const struct wanted *image,
    const struct wanted *volumes, size_t n_volumes)
{
	Testclient__CreateContainerRequest m;
	struct container c = { 0 };
	char *id;

	testclient__create_container_request__init(&m);
	fill_container(&c, image);
	fill_mounts(&c, volumes, n_volumes);
	m.pod_sandbox_id = pod;
	m.config = &c.config;
	m.sandbox_config = running_config();
	id = ask_for_id("CreateContainer", &m.base);
	for (size_t i = 0; i < n_volumes; i++)
		free(c.paths[i]);
	free(c.log_path);
	return id;
}

static size_t
n_volumes(void)
{
	return opts.volumes.n < ENTRIES_MAX ? opts.volumes.n : ENTRIES_MAX;
}

static void
runp(char **args, size_t n)
{
	AUTO(str) char *id = NULL;

	if (n == 1)
		opts.pod = args[0];
	id = run_pod();
	if (id != NULL)
		printf("ok %s\n", id);
}

static void
create(char **args, size_t n)
{
	struct wanted volumes[ENTRIES_MAX];
	AUTO(str) char *id = NULL;

	for (size_t i = 0; i < n_volumes(); i++)
		volumes[i] = wanted_of(opts.volumes.items[i]);
	id = create_container(args[0],
	    &(struct wanted){ args[1], n == 3 ? args[2] : NULL }, volumes,
	    n_volumes());
	for (size_t i = 0; i < n_volumes(); i++)
		wanted_clear(&volumes[i]);
	if (id != NULL)
		printf("ok %s\n", id);
}

static const char *
state_name(int state)
{
	static const char *const names[] = { "created", "running", "exited" };

	return state >= 0 && (size_t)state < COUNT_OF(names) ? names[state]
							     : "unknown";
}

static void
container_status(char **args, size_t n)
{
	Testclient__Id m;
	Testclient__ContainerStatusResponse *got;
	const Testclient__ContainerStatus *c;
	struct answer a;

	(void)n;
	testclient__id__init(&m);
	m.id = args[0];
	if (!ask("RuntimeService", "ContainerStatus", &m.base, &a))
		return;
	got = testclient__container_status_response__unpack(NULL,
	    answer_slice(&a).len, answer_slice(&a).ptr);
	c = got == NULL ? NULL : got->status;
	if (c == NULL)
		printf("ok ?\n");
	else
		printf("ok %s %s image=%s user=%s id=%s exit=%d\n",
		    state_name(c->state), c->image_ref,
		    c->image == NULL ? "" : c->image->image,
		    c->image == NULL ? "" : c->image->user_specified_image,
		    c->image_id, c->exit_code);
	testclient__container_status_response__free_unpacked(got, NULL);
	answer_clear(&a);
}

static void
show_pods(struct slice s)
{
	Testclient__ListPodSandboxResponse *m =
	    testclient__list_pod_sandbox_response__unpack(NULL, s.len, s.ptr);

	printf("%zu pods\n", m == NULL ? 0 : m->n_items);
	for (size_t i = 0; m != NULL && i < m->n_items; i++) {
		const Testclient__PodSandbox *p = m->items[i];

		printf("%s %s %s %s\n", p->id,
		    p->state == 0 ? "ready" : "notready",
		    p->metadata == NULL ? "?" : p->metadata->namespace_,
		    p->metadata == NULL ? "?" : p->metadata->name);
	}
	testclient__list_pod_sandbox_response__free_unpacked(m, NULL);
}

static void
pods(char **args, size_t n)
{
	AUTO(str) char *full = method("RuntimeService", "ListPodSandbox");

	(void)args, (void)n;
	plain(full, grpc_empty_slice(), show_pods);
}

static void
show_containers(struct slice s)
{
	Testclient__ListContainersResponse *m =
	    testclient__list_containers_response__unpack(NULL, s.len, s.ptr);

	printf("%zu containers\n", m == NULL ? 0 : m->n_containers);
	for (size_t i = 0; m != NULL && i < m->n_containers; i++) {
		const Testclient__Container *c = m->containers[i];

		printf("%s %s %s %s\n", c->id, state_name(c->state),
		    c->pod_sandbox_id,
		    c->metadata == NULL ? "?" : c->metadata->name);
	}
	testclient__list_containers_response__free_unpacked(m, NULL);
}

static void
containers(char **args, size_t n)
{
	AUTO(str) char *full = method("RuntimeService", "ListContainers");

	(void)args, (void)n;
	plain(full, grpc_empty_slice(), show_containers);
}

static void
show_info(struct slice s)
{
	Testclient__StatusResponse *m =
	    testclient__status_response__unpack(NULL, s.len, s.ptr);

	printf("%zu entries\n", m == NULL ? 0 : m->n_info);
	for (size_t i = 0; m != NULL && i < m->n_info; i++)
		printf("%s %s\n", m->info[i]->key, m->info[i]->value);
	testclient__status_response__free_unpacked(m, NULL);
}

static void
runtime_status(char **args, size_t n)
{
	Testclient__StatusRequest m = TESTCLIENT__STATUS_REQUEST__INIT;
	AUTO(str) char *full = method("RuntimeService", "Status");

	(void)args, (void)n;
	m.verbose = true;
	plain(full, packed(&m.base), show_info);
}

/* The kubelet ------------------------------------------------------------- */

/* Is the image there?  *ret is its id then, or NULL; false if the call failed. */
static bool
image_id(char *image, char **ret)
{
	Testclient__ImageRequest m = TESTCLIENT__IMAGE_REQUEST__INIT;
	Testclient__ImageSpec spec;
	Testclient__ImageStatusResponse *got;
	struct answer a;

	fill_image(&spec, &(struct wanted){ image, image });
	m.image = &spec;
	if (!ask("ImageService", "ImageStatus", &m.base, &a))
		return false;
	got = testclient__image_status_response__unpack(NULL,
	    answer_slice(&a).len, answer_slice(&a).ptr);
	*ret = got == NULL || got->image == NULL ? NULL
						 : mem_strdup(got->image->id);
	testclient__image_status_response__free_unpacked(got, NULL);
	answer_clear(&a);
	return true;
}

/* What the pull returned; NULL if it was refused. */
static char *
pull_one(char *image)
{
	Testclient__PullImageRequest m;
	Testclient__ImageSpec spec;
	Testclient__PullImageResponse *got;
	struct answer a;
	char *ref;

	fill_pull(&m, &spec, image);
	m.sandbox_config = running_config();
	if (!ask("ImageService", "PullImage", &m.base, &a))
		return NULL;
	got = testclient__pull_image_response__unpack(NULL,
	    answer_slice(&a).len, answer_slice(&a).ptr);
	ref = mem_strdup(got == NULL ? "?" : got->image_ref);
	testclient__pull_image_response__free_unpacked(got, NULL);
	answer_clear(&a);
	return ref;
}

/* See to it that the image is there, as the pull policy says. */
static char *
ensure_image(char *image)
{
	AUTO(str) char *ref = NULL;
	bool always = strcmp(opts.pull_policy, "Always") == 0;

	if (!always && !image_id(image, &ref))
		return NULL;
	if (ref != NULL) {
		printf("present %s\n", ref);
		return TAKE(ref);
	}
	if (strcmp(opts.pull_policy, "Never") == 0) {
		printf("error ErrImageNeverPull\n");
		failed = true;
		return NULL;
	}
	ref = pull_one(image);
	if (ref != NULL)
		printf("pulled %s\n", ref);
	return TAKE(ref);
}

/* In a pod that runs: the volumes' images, the container's, and the container. */
static char *
run_container(char *pod, char *image)
{
	struct wanted volumes[ENTRIES_MAX] = { 0 };
	AUTO(str) char *ref = NULL, *id = NULL;
	bool all = true;

	for (size_t i = 0; all && i < n_volumes(); i++) {
		volumes[i].user_specified = mem_strdup(opts.volumes.items[i]);
		volumes[i].image = ensure_image(opts.volumes.items[i]);
		all = volumes[i].image != NULL;
	}
	if (all)
		ref = ensure_image(image);
	if (ref != NULL)
		id = create_container(pod, &(struct wanted){ ref, image },
		    volumes, n_volumes());
	for (size_t i = 0; i < n_volumes(); i++)
		wanted_clear(&volumes[i]);
	if (id == NULL)
		return NULL;
	printf("created %s\n", id);
	if (!do_to_id("StartContainer", id))
		return NULL;
	printf("started %s\n", id);
	return TAKE(id);
}

static void
kubelet_run(char **args, size_t n)
{
	AUTO(str) char *pod = NULL, *id = NULL;

	(void)n;
	stepwise = true;
	pod = run_pod();
	if (pod == NULL)
		return;
	printf("sandbox %s\n", pod);
	id = run_container(pod, args[0]);
	if (id != NULL) {
		printf("ok %s %s\n", pod, id);
		return;
	}
	if (do_to_id("StopPodSandbox", pod))
		do_to_id("RemovePodSandbox", pod);
}

static const struct command {
	const char *name;
	size_t min, max;
	void (*run)(char **args, size_t n);
	const char *about_id; /* or a method that is about an id alone */
} commands[] = {
	{ "version", 0, 0, version, NULL },
	{ "runtime-status", 0, 0, runtime_status, NULL },
	{ "list", 0, 0, list, NULL },
	{ "status", 1, 1, status, NULL },
	{ "inspect", 1, 1, inspect, NULL },
	{ "remove", 1, 1, remove_image, NULL },
	{ "pull", 1, SIZE_MAX, pull, NULL },
	{ "runp", 0, 1, runp, NULL },
	{ "stop-pod", 1, 1, NULL, "StopPodSandbox" },
	{ "rmp", 1, 1, NULL, "RemovePodSandbox" },
	{ "pods", 0, 0, pods, NULL },
	{ "create", 2, 3, create, NULL },
	{ "start", 1, 1, NULL, "StartContainer" },
	{ "stop", 1, 1, NULL, "StopContainer" },
	{ "rm", 1, 1, NULL, "RemoveContainer" },
	{ "psc", 1, 1, container_status, NULL },
	{ "ps", 0, 0, containers, NULL },
	{ "kubelet-run", 1, 1, kubelet_run, NULL },
	{ "call", 1, 2, call, NULL },
};

static int
run(int argc, char **argv)
{
	for (size_t i = 0; argc > 0 && i < COUNT_OF(commands); i++) {
		const struct command *c = &commands[i];
		size_t n = (size_t)argc - 1;

		if (strcmp(c->name, argv[0]) != 0 || n < c->min || n > c->max)
			continue;
		if (c->run != NULL)
			c->run(argv + 1, n);
		else if (do_to_id(c->about_id, argv[1]))
			printf("ok\n");
		return failed;
	}
	fprintf(stderr, "criclient: see the top of criclient.c\n");
	return 2;
}

static grpc_channel *
connect_to(const char *path)
{
	AUTO(str) char *target = str_printf("unix:%s", path);
	grpc_channel_credentials *creds = grpc_insecure_credentials_create();
	char key[] = GRPC_ARG_DEFAULT_AUTHORITY, value[] = "localhost";
	char key2[] = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
	grpc_arg args[2] = { { .type = GRPC_ARG_STRING, .key = key },
		{ .type = GRPC_ARG_INTEGER, .key = key2 } };
	grpc_channel *made;

	args[0].value.string = value;
	args[1].value.integer = -1;
	made =
	    grpc_channel_create(target, creds, &(grpc_channel_args){ 2, args });
	grpc_channel_credentials_release(creds);
	return made;
}

static void
connect_all(void)
{
	grpc_init();
	channel = connect_to(opts.socket);
	runtime_channel = channel;
	if (opts.runtime_socket != NULL)
		runtime_channel = connect_to(opts.runtime_socket);
	queue = grpc_completion_queue_create_for_next(NULL);
}

static void
disconnect_all(void)
{
	if (runtime_channel != channel)
		grpc_channel_destroy(runtime_channel);
	grpc_channel_destroy(channel);
	grpc_completion_queue_shutdown(queue);
	while (grpc_completion_queue_next(queue,
		   gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)
		   .type != GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(queue);
	grpc_shutdown();
}

static void
add_entry(struct str_map *map, const char *text)
{
	AUTO(str) char *copy = mem_strdup(text);
	char *equals = strchr(copy, '=');

	if (equals == NULL)
		abort();
	*equals = '\0';
	str_map_set(map, copy, equals + 1);
	opts.have_sandbox = true;
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
		{ 'R', &opts.runtime_socket, NULL },
		{ 'C', &opts.container, NULL },
		{ 'H', &opts.handler, NULL },
		{ 'L', &opts.log_directory, NULL },
		{ 'y', &opts.pull_policy, NULL },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (texts[i].opt != opt)
			continue;
		*texts[i].value = optarg;
		if (texts[i].flag != NULL)
			*texts[i].flag = true;
	}
	if (opt == 'l')
		add_entry(&opts.labels, optarg);
	if (opt == 'N')
		add_entry(&opts.annotations, optarg);
	if (opt == 'm')
		str_list_add(&opts.command, optarg);
	if (opt == 'v')
		str_list_add(&opts.volumes, optarg);
	if (opt == 't')
		opts.timeout_ms = strtol(optarg, NULL, 10);
	if (opt == 'c')
		opts.copies = (int)strtol(optarg, NULL, 10);
}

static const struct option longs[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "runtime-socket", required_argument, NULL, 'R' },
	{ "socket2", required_argument, NULL, 'R' },
	{ "service", required_argument, NULL, 'S' },
	{ "namespace", required_argument, NULL, 'n' },
	{ "pod", required_argument, NULL, 'P' },
	{ "uid", required_argument, NULL, 'U' },
	{ "label", required_argument, NULL, 'l' },
	{ "annotation", required_argument, NULL, 'N' },
	{ "username", required_argument, NULL, 'u' },
	{ "password", required_argument, NULL, 'p' },
	{ "auth", required_argument, NULL, 'a' },
	{ "server-address", required_argument, NULL, 'A' },
	{ "identity-token", required_argument, NULL, 'i' },
	{ "registry-token", required_argument, NULL, 'r' },
	{ "timeout-ms", required_argument, NULL, 't' },
	{ "copies", required_argument, NULL, 'c' },
	{ "container", required_argument, NULL, 'C' },
	{ "command", required_argument, NULL, 'm' },
	{ "volume-image", required_argument, NULL, 'v' },
	{ "runtime-handler", required_argument, NULL, 'H' },
	{ "log-directory", required_argument, NULL, 'L' },
	{ "pull-policy", required_argument, NULL, 'y' },
	{ 0 },
};

int
main(int argc, char **argv)
{
	static char empty[] = "", container[] = "c", policy[] = "IfNotPresent";
	int opt, r;

	testclient__auth_config__init(&opts.auth);
	opts.namespace_ = opts.pod = opts.uid = empty;
	opts.container = container;
	opts.pull_policy = policy;
	opts.copies = 1;
	opts.timeout_ms = 120000;
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		if (opt == '?')
			return 2;
		take(opt);
	}
	if (opts.socket == NULL)
		return 2;
	connect_all();
	r = run(argc - optind, argv + optind);
	disconnect_all();
	str_map_clear(&opts.labels);
	str_map_clear(&opts.annotations);
	str_list_clear(&opts.command);
	str_list_clear(&opts.volumes);
	return r;
}

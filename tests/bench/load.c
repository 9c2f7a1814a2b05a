/*
 * load SOCKET METHOD IN-FLIGHT SECONDS: unary calls by gRPC C core, a number of
 * them always under way; prints one object of JSON, times in microseconds.
 */
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLES_MAX 4000000

struct one {
	grpc_call *call;
	grpc_metadata_array initial, trailing;
	grpc_byte_buffer *response;
	grpc_status_code status;
	grpc_slice details;
	int64_t began;
};

static grpc_channel *channel;
static grpc_completion_queue *queue;
static grpc_slice method;
static grpc_byte_buffer *request;
static uint32_t *samples;
static size_t nsamples;

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
begin(struct one *o)
{
	grpc_op ops[6] = { 0 };

	*o = (struct one){ .began = now_ns() };
	grpc_metadata_array_init(&o->initial);
	grpc_metadata_array_init(&o->trailing);
	o->call = grpc_channel_create_call(channel, NULL, 0, queue, method,
	    NULL, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[1].op = GRPC_OP_SEND_MESSAGE;
	ops[1].data.send_message.send_message = request;
	ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[3].data.recv_initial_metadata.recv_initial_metadata = &o->initial;
	ops[4].op = GRPC_OP_RECV_MESSAGE;
	ops[4].data.recv_message.recv_message = &o->response;
	ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	ops[5].data.recv_status_on_client.trailing_metadata = &o->trailing;
	ops[5].data.recv_status_on_client.status = &o->status;
	ops[5].data.recv_status_on_client.status_details = &o->details;
	if (grpc_call_start_batch(o->call, ops, 6, o, NULL) != GRPC_CALL_OK)
		abort();
}

static void
end(struct one *o)
{
	if (o->status != GRPC_STATUS_OK) {
		fprintf(stderr, "load: status %d\n", (int)o->status);
		exit(1);
	}
	if (nsamples < SAMPLES_MAX)
		samples[nsamples++] = (uint32_t)((now_ns() - o->began) / 1000);
	grpc_metadata_array_destroy(&o->initial);
	grpc_metadata_array_destroy(&o->trailing);
	grpc_byte_buffer_destroy(o->response);
	grpc_slice_unref(o->details);
	grpc_call_unref(o->call);
}

/* Until a point in time; then wait for those under way. */
static void
run(struct one *calls, int n, int64_t until)
{
	int under_way = n;

	for (int i = 0; i < n; i++)
		begin(&calls[i]);
	while (under_way > 0) {
		grpc_event ev = grpc_completion_queue_next(queue,
		    gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);

		end(ev.tag);
		if (now_ns() < until)
			begin(ev.tag);
		else
			under_way--;
	}
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
connect_to(const char *path)
{
	char target[256];
	grpc_arg arg = { .type = GRPC_ARG_STRING,
		.key = (char *)(uintptr_t)GRPC_ARG_DEFAULT_AUTHORITY,
		.value.string = (char *)(uintptr_t) "localhost" };
	grpc_channel_credentials *creds = grpc_insecure_credentials_create();

	snprintf(target, sizeof(target), "unix:%s", path);
	channel =
	    grpc_channel_create(target, creds, &(grpc_channel_args){ 1, &arg });
	grpc_channel_credentials_release(creds);
}

int
main(int argc, char **argv)
{
	grpc_slice empty = grpc_empty_slice();
	struct one *calls;
	double seconds;
	int64_t from;
	int n;

	if (argc != 5)
		return 2;
	grpc_init();
	queue = grpc_completion_queue_create_for_next(NULL);
	connect_to(argv[1]);
	method = grpc_slice_from_copied_string(argv[2]);
	request = grpc_raw_byte_buffer_create(&empty, 1);
	samples = malloc(SAMPLES_MAX * sizeof(*samples));
	n = atoi(argv[3]);
	calls = calloc((size_t)n, sizeof(*calls));
	if (samples == NULL || calls == NULL)
		return 1;
	run(calls, n, now_ns() + 200000000);
	nsamples = 0;
	from = now_ns();
	run(calls, n, from + (int64_t)(atof(argv[4]) * 1e9));
	seconds = (double)(now_ns() - from) / 1e9;
	qsort(samples, nsamples, sizeof(*samples), compare);
	printf("{\"calls\":%zu,\"seconds\":%.6f,\"p50\":%u,\"p99\":%u}\n",
	    nsamples, seconds, samples[nsamples / 2],
	    samples[nsamples * 99 / 100]);
	return 0;
}

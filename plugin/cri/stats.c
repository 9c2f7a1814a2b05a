/* Numbers of the relay. */
#include "cri/stats.h"

#include <grpc/slice.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/str.h"
#include "cri/call.h"

static struct metric_family calls = {
	.name = "pullgate_grpc_calls_total",
	.help = "Calls that ended, by method and status code.",
	.kind = METRIC_COUNTER,
	.labels = { "grpc_service", "grpc_method", "grpc_code" },
};

/* 250 us to 120 s: from Version to a pull. */
static const int64_t call_bounds[] = { 250000, 1000000, 5000000, 10000000,
	50000000, 100000000, 500000000, 1000000000, 5000000000, 10000000000,
	30000000000, 60000000000, 120000000000, 0 };

static struct metric_family durations = {
	.name = "pullgate_grpc_call_duration_seconds",
	.help =
	    "From a call's arrival to its end, the runtime's part included.",
	.kind = METRIC_HISTOGRAM,
	.labels = { "grpc_service", "grpc_method" },
	.bounds = call_bounds,
};

/* 5 us to 100 ms. */
static const int64_t relay_bounds[] = { 5000, 10000, 25000, 50000, 100000,
	250000, 500000, 1000000, 2500000, 5000000, 10000000, 100000000, 0 };

static struct metric_family relayed = {
	.name = "pullgate_relay_duration_seconds",
	.help =
	    "Time a call that is not held spends in pullgate itself: until its request goes up, and from the runtime's status until that goes down.",
	.kind = METRIC_HISTOGRAM,
	.bounds = relay_bounds,
};

static struct metric_family in_flight = {
	.name = "pullgate_grpc_calls_in_flight",
	.help = "Calls that have begun and not ended.",
	.kind = METRIC_GAUGE,
};

static struct metric_family streams = {
	.name = "pullgate_grpc_streams_in_flight",
	.help = "Of these, calls whose answer has begun.",
	.kind = METRIC_GAUGE,
};

static struct metric_family connections = {
	.name = "pullgate_grpc_connections",
	.help = "Connections of clients.",
	.kind = METRIC_GAUGE,
};

static struct metric_family runtime_up = {
	.name = "pullgate_runtime_up",
	.help = "1 while the container runtime is connected.",
	.kind = METRIC_GAUGE,
};

/* As the gRPC ecosystem writes them in grpc_code. */
static const char *const codes[] = { "OK", "Canceled", "Unknown",
	"InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
	"PermissionDenied", "ResourceExhausted", "FailedPrecondition",
	"Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable",
	"DataLoss", "Unauthenticated" };

/* One method's series, kept so that the store is not asked for each call. */
struct method {
	struct method *next;
	char *path;
	size_t len;
	char *service, *name;
	struct metric *codes[COUNT_OF(codes)];
	struct metric *duration;
};

#define METHODS_MAX 300
#define SLOTS       256

static struct method *methods[SLOTS];
static size_t nmethods;

/* FNV-1a. */
static size_t
slot_of(struct slice path)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < path.len; i++)
		h = (h ^ path.ptr[i]) * 16777619u;
	return h % SLOTS;
}

static struct method *
find(struct slice path)
{
	struct method *m = methods[slot_of(path)];

	while (m != NULL && !slice_equal(slice_of(m->path, m->len), path))
		m = m->next;
	return m;
}

static struct method *
make(struct slice path)
{
	struct method *m = MEM_NEW(struct method);
	size_t at = slot_of(path);
	const char *slash;

	m->path = mem_strndup((const char *)path.ptr, path.len);
	m->len = path.len;
	slash = strrchr(m->path, '/');
	if (slash != NULL && m->path[0] == '/' && slash != m->path) {
		m->service =
		    mem_strndup(m->path + 1, (size_t)(slash - m->path) - 1);
		m->name = mem_strdup(slash + 1);
	} else {
		m->service = mem_strdup("");
		m->name = mem_strdup(m->path);
	}
	m->duration =
	    metric_get(&durations, (const char *[]){ m->service, m->name });
	m->next = methods[at];
	methods[at] = m;
	nmethods++;
	return m;
}

/* Did the runtime do something for it? */
static bool
is_implemented(const struct call *c)
{
	return c->is_stream ||
	       (c->have_status && c->status != GRPC_STATUS_UNIMPLEMENTED &&
		   c->status != GRPC_STATUS_CANCELLED &&
		   c->status != GRPC_STATUS_DEADLINE_EXCEEDED &&
		   c->status != GRPC_STATUS_UNAVAILABLE);
}

/* Names that nothing implements are any client's invention: all in one. */
static struct method *
method_of(const struct call *c)
{
	static const char other[] = "/other/other";
	struct slice path = slice_of(GRPC_SLICE_START_PTR(c->details.method),
	    GRPC_SLICE_LENGTH(c->details.method));
	struct method *m = find(path);

	if (m != NULL)
		return m;
	if (!is_implemented(c) || nmethods >= METHODS_MAX)
		path = slice_str(other);
	m = find(path);
	return m == NULL ? make(path) : m;
}

static void
count_end(const struct call *c, int64_t now)
{
	struct method *m = method_of(c);
	size_t code = c->canceled != 0 ? GRPC_STATUS_CANCELLED
		      : (size_t)c->status < COUNT_OF(codes)
			  ? (size_t)c->status
			  : GRPC_STATUS_UNKNOWN;

	if (m->codes[code] == NULL)
		m->codes[code] = metric_get(&calls,
		    (const char *[]){ m->service, m->name, codes[code] });
	metric_add(m->codes[code], 1);
	metric_observe(m->duration, now - c->began_ns);
}

/* The families without labels have one series each. */
static void
add_one(struct metric_family *f, struct metric **kept, int n)
{
	if (*kept == NULL)
		*kept = metric_get(f, NULL);
	metric_add(*kept, n);
}

static void
count_calls(int n)
{
	static struct metric *kept;

	add_one(&in_flight, &kept, n);
}

static void
count_streams(int n)
{
	static struct metric *kept;

	add_one(&streams, &kept, n);
}

void
stats_call_begins(struct call *c)
{
	c->began_ns = clock_mono_ns();
	count_calls(1);
}

void
stats_request_sent(struct call *c)
{
	c->relay_ns = clock_mono_ns() - c->began_ns;
}

void
stats_answer_begins(struct call *c)
{
	c->is_stream = true;
	count_streams(1);
}

void
stats_status_known(struct call *c)
{
	c->status_ns = clock_mono_ns();
}

void
stats_status_sent(struct call *c)
{
	static struct metric *kept;

	if (c->intercept != NULL || c->up == NULL)
		return;
	if (kept == NULL)
		kept = metric_get(&relayed, NULL);
	metric_observe(kept, c->relay_ns + clock_mono_ns() - c->status_ns);
}

void
stats_call_ends(struct call *c)
{
	count_end(c, clock_mono_ns());
	count_calls(-1);
	if (c->is_stream)
		count_streams(-1);
}

void
stats_connections(unsigned open)
{
	metric_set(metric_get(&connections, NULL), (int64_t)open);
}

void
stats_runtime(int connected)
{
	metric_set(metric_get(&runtime_up, NULL), connected);
}

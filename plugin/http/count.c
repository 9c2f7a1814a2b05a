/* What requests tell Prometheus. */
#include "http/count.h"

#include <stdio.h>

#include "base/metric.h"
#include "base/str.h"

static struct metric_family requests = {
	.name = "pullgate_registry_requests_total",
	.help =
	    "Requests to registries and their token realms, by host and HTTP status or failure.",
	.kind = METRIC_COUNTER,
	.labels = { "host", "status" },
};

/* 1 ms to 10 s. */
static const int64_t bounds[] = { 1000000, 2500000, 5000000, 10000000, 25000000,
	50000000, 100000000, 250000000, 500000000, 1000000000, 2500000000,
	5000000000, 10000000000, 0 };

static struct metric_family durations = {
	.name = "pullgate_registry_request_duration_seconds",
	.help = "How long requests took, their bodies included.",
	.kind = METRIC_HISTOGRAM,
	.labels = { "host" },
	.bounds = bounds,
};

void
count_exchange(const struct url *url, long status, enum err_code failure,
    int64_t microseconds)
{
	AUTO(str) char *host = str_printf("%s:%s", url->host, url->port);
	const char *labels[] = { host, err_name(failure) };
	char number[32];

	if (failure == ERR_NONE) {
		(void)snprintf(number, sizeof(number), "%ld", status);
		labels[1] = number;
	}
	metric_add(metric_get(&requests, labels), 1);
	metric_observe(metric_get(&durations, labels), microseconds * 1000);
}

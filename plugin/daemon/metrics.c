/* Build, policies, process. */
#include "daemon/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/metric.h"

static struct metric_family build_info = {
	.name = "pullgate_build_info",
	.help = "Always 1; the labels say what runs.",
	.kind = METRIC_GAUGE,
	.labels = { "version" },
};

static struct metric_family policies = {
	.name = "pullgate_policies",
	.help = "Policies in force.",
	.kind = METRIC_GAUGE,
};

static struct metric_family reloads = {
	.name = "pullgate_policy_reloads_total",
	.help = "Attempts to take a new set of policies.",
	.kind = METRIC_COUNTER,
	.labels = { "result" },
};

static struct metric_family loaded = {
	.name = "pullgate_policy_last_load_success_timestamp_seconds",
	.help = "When the policies in force were loaded.",
	.kind = METRIC_GAUGE,
};

static struct metric_family last_reload = {
	.name = "pullgate_policy_last_reload_successful",
	.help = "Were the policies taken when last they were read?",
	.kind = METRIC_GAUGE,
};

static struct metric_family started = {
	.name = "process_start_time_seconds",
	.help = "When the process began to serve, since the epoch.",
	.kind = METRIC_GAUGE,
};

static struct metric_family cpu = {
	.name = "process_cpu_seconds_total",
	.help = "User and system time.",
	.kind = METRIC_COUNTER,
	.unit = 1e-6,
};

static struct metric_family resident = {
	.name = "process_resident_memory_bytes",
	.help = "Resident memory.",
	.kind = METRIC_GAUGE,
};

static struct metric_family open_fds = {
	.name = "process_open_fds",
	.help = "Open file descriptors.",
	.kind = METRIC_GAUGE,
};

static struct metric_family max_fds = {
	.name = "process_max_fds",
	.help = "File descriptors there may be.",
	.kind = METRIC_GAUGE,
};

static void
set(struct metric_family *f, int64_t value)
{
	metric_set(metric_get(f, NULL), value);
}

void
metrics_begin(void)
{
	static const char *const results[] = { "success", "failure" };

	metric_set(metric_get(&build_info,
		       (const char *[]){ PULLGATE_VERSION }),
	    1);
	set(&started, (int64_t)time(NULL));
	/* A counter that is there before it counts can be watched for a rise.
	 */
	for (size_t i = 0; i < COUNT_OF(results); i++)
		(void)metric_get(&reloads, &results[i]);
}

void
metrics_policies(size_t n)
{
	set(&policies, (int64_t)n);
	set(&loaded, (int64_t)time(NULL));
	set(&last_reload, 1);
}

void
metrics_reload(bool taken)
{
	const char *result = taken ? "success" : "failure";

	metric_add(metric_get(&reloads, &result), 1);
	set(&last_reload, taken);
}

static int64_t
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long all = 0, pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld %ld", &all, &pages) != 2)
		pages = 0;
	(void)fclose(f);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* Without ".", ".." and the directory's own. */
static int64_t
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int64_t n = -3;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

static int64_t
micros(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

void
metrics_collect(void)
{
	struct rusage usage = { 0 };
	struct rlimit limit = { 0 };

	(void)getrusage(RUSAGE_SELF, &usage);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	set(&cpu, micros(usage.ru_utime) + micros(usage.ru_stime));
	set(&resident, resident_bytes());
	set(&open_fds, count_fds());
	set(&max_fds, (int64_t)limit.rlim_cur);
}

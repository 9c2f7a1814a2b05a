#include "base/metric.h"

#include <pthread.h>
#include <stdio.h>

#include "base/str.h"
#include "test.h"

static const int64_t bounds[] = { 1000000, 1000000000, 0 };

static struct metric_family plain = { .name = "b_total",
	.help = "Plain.",
	.kind = METRIC_COUNTER };
static struct metric_family labelled = { .name = "c_total",
	.help = "With labels.",
	.kind = METRIC_COUNTER,
	.labels = { "host", "status" } };
static struct metric_family gauge = { .name = "a_seconds",
	.help = "First by name.",
	.kind = METRIC_GAUGE,
	.unit = 0.001 };
static struct metric_family histogram = { .name = "d_seconds",
	.help = "Durations.",
	.kind = METRIC_HISTOGRAM,
	.labels = { "m" },
	.bounds = bounds };
static struct metric_family crowded = { .name = "e_total",
	.help = "Many.",
	.kind = METRIC_COUNTER,
	.labels = { "who" } };

static struct metric *
get(const char *host, const char *status)
{
	return metric_get(&labelled, (const char *[]){ host, status });
}

static void
has(const char *want)
{
	AUTO(buf) struct buf out = buf_with_max(1 << 20);

	CHECK(metric_print(&out) == 0);
	if (strstr(buf_text(&out), want) == NULL)
		FAIL("%s\nis not in\n%s", want, buf_text(&out));
}

TEST(families_are_printed_in_order_with_their_series)
{
	AUTO(buf) struct buf out = buf_with_max(1 << 20);

	metric_add(metric_get(&plain, NULL), 2);
	metric_add(metric_get(&plain, NULL), 1);
	metric_set(metric_get(&gauge, NULL), 1500);
	CHECK(metric_print(&out) == 0);
	CHECK_STR(buf_text(&out), "# HELP a_seconds First by name.\n"
				  "# TYPE a_seconds gauge\n"
				  "a_seconds 1.5\n"
				  "# HELP b_total Plain.\n"
				  "# TYPE b_total counter\n"
				  "b_total 3\n");
}

TEST(a_series_is_found_again)
{
	CHECK(get("a", "200") == get("a", "200"));
	CHECK(get("a", "200") != get("a", "404"));
	CHECK(get("a", "200") != get("200", "a"));
	metric_add(get("a", "200"), 7);
	has("\nc_total{host=\"a\",status=\"200\"} 7\n");
	has("\nc_total{host=\"a\",status=\"404\"} 0\n");
}

TEST(what_peers_name_cannot_break_the_format)
{
	char text[1000];

	metric_add(get("quote\" slash\\ line\nend", "1"), 1);
	has("c_total{host=\"quote\\\" slash\\\\ line\\\\nend\",status=\"1\"} "
	    "1\n");
	metric_add(get("bad \xff utf", "1"), 1);
	has("c_total{host=\"bad \\\\xff utf\",status=\"1\"} 1\n");
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	metric_add(get(text, "2"), 1);
	text[METRIC_VALUE_MAX] = '\0';
	CHECK(get(text, "2") == get(text, "2"));
	has("yyy\",status=\"2\"} 1\n");
}

TEST(buckets_are_cumulative)
{
	struct metric *m = metric_get(&histogram, (const char *[]){ "x" });

	metric_observe(m, 0);
	metric_observe(m, 1000000);
	metric_observe(m, 1000001);
	metric_observe(m, 3000000000);
	has("# TYPE d_seconds histogram\n"
	    "d_seconds_bucket{m=\"x\",le=\"0.001\"} 2\n"
	    "d_seconds_bucket{m=\"x\",le=\"1\"} 3\n"
	    "d_seconds_bucket{m=\"x\",le=\"+Inf\"} 4\n"
	    "d_seconds_sum{m=\"x\"} 3.002000001\n"
	    "d_seconds_count{m=\"x\"} 4\n");
}

TEST(a_crowd_is_counted_together)
{
	struct metric *other;
	char name[32];

	for (int i = 0; i < METRIC_SERIES_MAX + 100; i++) {
		(void)snprintf(name, sizeof(name), "client-%d", i);
		metric_add(metric_get(&crowded, (const char *[]){ name }), 1);
	}
	other = metric_get(&crowded, (const char *[]){ "one more" });
	CHECK(other == metric_get(&crowded, (const char *[]){ "another" }));
	CHECK_INT(crowded.n, METRIC_SERIES_MAX + 1);
	has("e_total{who=\"other\"} 100\n");
	has("e_total{who=\"client-0\"} 1\n");
}

TEST(a_bound_that_is_too_small_is_said)
{
	AUTO(buf) struct buf out = buf_with_max(100);

	CHECK(metric_print(&out) < 0);
}

static void *
count(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10000; i++)
		metric_add(get("thread", i % 2 == 0 ? "even" : "odd"), 1);
	return NULL;
}

TEST(threads_lose_nothing)
{
	pthread_t threads[4];

	for (size_t i = 0; i < COUNT_OF(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, count, NULL) == 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	has("c_total{host=\"thread\",status=\"even\"} 20000\n");
	has("c_total{host=\"thread\",status=\"odd\"} 20000\n");
}

static struct metric_family doors = { .name = "f_open",
	.help = "Comes and goes.",
	.kind = METRIC_GAUGE,
	.labels = { "door" } };

/* What is printed. */
static char *
printed(void)
{
	AUTO(buf) struct buf out = buf_with_max(1 << 20);

	CHECK(metric_print(&out) == 0);
	return buf_take(&out);
}

TEST(a_series_that_is_hidden_is_not_printed_until_it_is_set)
{
	const char *front = "front", *back = "back";
	AUTO(str) char *hidden = NULL;

	metric_hide(&doors, &back);
	metric_set(metric_get(&doors, &front), 1);
	has("f_open{door=\"front\"} 1\n");
	metric_hide(&doors, &front);
	hidden = printed();
	CHECK(strstr(hidden, "f_open{") == NULL);
	metric_set(metric_get(&doors, &front), 0);
	has("f_open{door=\"front\"} 0\n");
}

TEST_MAIN

/* What the gate tells Prometheus. */
#include "gate/count.h"

#include "base/metric.h"

static struct metric_family decisions = {
	.name = "pullgate_decisions_total",
	.help = "Questions decided, by each policy that covers them.",
	.kind = METRIC_COUNTER,
	.labels = { "policy", "verdict", "gate" },
};

/* 5 ms to 30 s. */
static const int64_t bounds[] = { 5000000, 10000000, 25000000, 50000000,
	100000000, 250000000, 500000000, 1000000000, 2500000000, 5000000000,
	10000000000, 30000000000, 0 };

static struct metric_family durations = {
	.name = "pullgate_verification_duration_seconds",
	.help =
	    "From a pull's arrival to its verdict, those answered from memory left out.",
	.kind = METRIC_HISTOGRAM,
	.bounds = bounds,
};

static struct metric_family hits = {
	.name = "pullgate_cache_hits_total",
	.help =
	    "Pulls answered from a remembered refusal, kept evidence, or by a verification already under way.",
	.kind = METRIC_COUNTER,
	.labels = { "cache" },
};

static struct metric_family misses = {
	.name = "pullgate_cache_misses_total",
	.help = "Pulls that needed a verification of their own.",
	.kind = METRIC_COUNTER,
};

static struct metric_family under_way = {
	.name = "pullgate_verifications_in_flight",
	.help = "Pulls that wait for their verdict.",
	.kind = METRIC_GAUGE,
};

static struct metric_family exemptions = {
	.name = "pullgate_exemptions_total",
	.help = "Images admitted by an Exemption alone.",
	.kind = METRIC_COUNTER,
	.labels = { "exemption" },
};

static void
count_cache(const struct gate_answer *a)
{
	static const char *const caches[] = { [GATE_CACHE_HIT] = "refusals",
		[GATE_CACHE_SHARED] = "verifications",
		[GATE_CACHE_EVIDENCE] = "evidence" };

	switch (a->cache) {
	case GATE_CACHE_NONE:
		break;
	case GATE_CACHE_MISS:
		metric_add(metric_get(&misses, NULL), 1);
		break;
	case GATE_CACHE_SHARED:
	case GATE_CACHE_EVIDENCE:
	case GATE_CACHE_HIT:
		metric_add(metric_get(&hits, &caches[a->cache]), 1);
		break;
	}
	if (a->cache == GATE_CACHE_MISS || a->cache == GATE_CACHE_SHARED ||
	    a->cache == GATE_CACHE_EVIDENCE)
		metric_observe(metric_get(&durations, NULL),
		    a->elapsed_us * 1000);
}

void
count_decision(const struct gate_ticket *t)
{
	const char *labels[] = { "", gate_verdict_word(&t->answer),
		gate_door_name(t->door) };
	const char *exemption = t->answer.exemption;

	for (size_t i = 0; i < t->matches.n; i++) {
		labels[0] = t->matches.items[i]->name;
		metric_add(metric_get(&decisions, labels), 1);
	}
	if (t->matches.n == 0)
		metric_add(metric_get(&decisions, labels), 1);
	if (exemption != NULL)
		metric_add(metric_get(&exemptions, &exemption), 1);
	count_cache(&t->answer);
}

void
count_under_way(int n)
{
	metric_add(metric_get(&under_way, NULL), n);
}

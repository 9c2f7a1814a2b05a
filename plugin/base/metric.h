#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"

/*
 * Numbers for Prometheus.  A family is static, declared in the file that counts,
 * and is known from its first use on; its series are made as their label values
 * come up.  Everything may be called on any thread; a pointer to a series stays
 * good for ever, so who counts often keeps it and pays one atomic addition.
 */
enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_LABELS_MAX  3
#define METRIC_BUCKETS_MAX 16

/*
 * Label values may come from peers.  A family has at most so many series; what
 * comes after is counted in one whose values are all "other".
 */
#define METRIC_SERIES_MAX 500

/* Longer values are cut. */
#define METRIC_VALUE_MAX 128

struct metric;

struct metric_family {
	const char *name, *help;
	enum metric_kind kind;
	const char *labels[METRIC_LABELS_MAX + 1]; /* up to the first NULL */
	double unit; /* what a count of one is worth; 0 stands for 1 */

	/* Of a histogram: upper bounds in nanoseconds, up to the first 0. */
	const int64_t *bounds;

	/* The store's own. */
	struct metric *series;
	size_t n;
	struct metric_family *next;
	int known;
};

/* The series with these label values, one a label; NULL for none. */
struct metric *metric_get(struct metric_family *f, const char *const *values)
    __attribute__((returns_nonnull));

void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t value);

/* A series that says nothing at present: it is not printed until it is set again.
 * One that there never was is not made. */
void metric_hide(struct metric_family *f, const char *const *values);

/* A duration, into a histogram. */
void metric_observe(struct metric *m, int64_t nanoseconds);

/* All of it, in Prometheus' text format (version 0.0.4): families by name.
 * -1 if the buffer's bound is too small. */
int metric_print(struct buf *out) MUST_CHECK;

#endif

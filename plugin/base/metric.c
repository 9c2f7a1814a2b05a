/* Counters, gauges, histograms, and how they are written down. */
#include "base/metric.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct metric {
	struct metric *next;
	struct metric_family *family;
	char *values[METRIC_LABELS_MAX];
	atomic_bool hidden;
	_Atomic int64_t value; /* of a histogram: the sum, in nanoseconds */
	_Atomic uint64_t buckets[METRIC_BUCKETS_MAX + 1];
};

/* Guards the list of families and their lists of series; not the numbers. */
static pthread_mutex_t store_lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric_family *families;

/* In the order of their names. */
static void
make_known(struct metric_family *f)
{
	struct metric_family **at = &families;

	if (f->known)
		return;
	f->known = 1;
	while (*at != NULL && strcmp((*at)->name, f->name) < 0)
		at = &(*at)->next;
	f->next = *at;
	*at = f;
}

/* As it will be written: cut, UTF-8, escaped. */
static char *
clean(const char *value)
{
	AUTO(str)
	char *plain =
	    str_printable(slice_of(value, strnlen(value, METRIC_VALUE_MAX)));
	AUTO(buf) struct buf out = buf_with_max(2 * strlen(plain));

	for (const char *p = plain; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			buf_print_cut(&out, "\\");
		buf_print_cut(&out, "%c", *p);
	}
	return buf_take(&out);
}

static size_t
label_count(const struct metric_family *f)
{
	size_t n = 0;

	while (n < METRIC_LABELS_MAX && f->labels[n] != NULL)
		n++;
	return n;
}

static struct metric *
find(const struct metric_family *f, char *const *values, size_t n)
{
	struct metric *m;
	size_t i;

	for (m = f->series; m != NULL; m = m->next) {
		for (i = 0; i < n && strcmp(m->values[i], values[i]) == 0; i++)
			;
		if (i == n)
			return m;
	}
	return NULL;
}

static struct metric *
make(struct metric_family *f, char *const *values, size_t n)
{
	struct metric *m = MEM_NEW(struct metric);

	m->family = f;
	for (size_t i = 0; i < n; i++)
		m->values[i] = mem_strdup(values[i]);
	m->next = f->series;
	f->series = m;
	f->n++;
	return m;
}

static struct metric *
find_or_make(struct metric_family *f, char *const *values, size_t n)
{
	static char other[] = "other";
	static char *const others[METRIC_LABELS_MAX] = { other, other, other };
	struct metric *m = find(f, values, n);

	if (m == NULL && f->n >= METRIC_SERIES_MAX) {
		values = others;
		m = find(f, values, n);
	}
	return m == NULL ? make(f, values, n) : m;
}

struct metric *
metric_get(struct metric_family *f, const char *const *values)
{
	char *cleaned[METRIC_LABELS_MAX];
	size_t n = label_count(f);
	struct metric *m;

	for (size_t i = 0; i < n; i++)
		cleaned[i] = clean(values[i]);
	(void)pthread_mutex_lock(&store_lock);
	make_known(f);
	m = find_or_make(f, cleaned, n);
	(void)pthread_mutex_unlock(&store_lock);
	for (size_t i = 0; i < n; i++)
		free(cleaned[i]);
	return m;
}

void
metric_add(struct metric *m, int64_t n)
{
	(void)atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void
metric_set(struct metric *m, int64_t value)
{
	atomic_store_explicit(&m->value, value, memory_order_relaxed);
	atomic_store_explicit(&m->hidden, false, memory_order_release);
}

void
metric_hide(struct metric_family *f, const char *const *values)
{
	char *cleaned[METRIC_LABELS_MAX];
	size_t n = label_count(f);
	struct metric *m;

	for (size_t i = 0; i < n; i++)
		cleaned[i] = clean(values[i]);
	(void)pthread_mutex_lock(&store_lock);
	m = find(f, cleaned, n);
	(void)pthread_mutex_unlock(&store_lock);
	if (m != NULL)
		atomic_store_explicit(&m->hidden, true, memory_order_release);
	for (size_t i = 0; i < n; i++)
		free(cleaned[i]);
}

void
metric_observe(struct metric *m, int64_t nanoseconds)
{
	const int64_t *bounds = m->family->bounds;
	size_t i = 0;

	assert(m->family->kind == METRIC_HISTOGRAM);
	while (
	    i < METRIC_BUCKETS_MAX && bounds[i] != 0 && nanoseconds > bounds[i])
		i++;
	(void)atomic_fetch_add_explicit(&m->buckets[i], 1,
	    memory_order_relaxed);
	metric_add(m, nanoseconds);
}

/* name{label="value",…}, with one more label where that is wanted. */
static int
print_name(const struct metric *m, const char *suffix, const char *le,
    struct buf *out)
{
	const struct metric_family *f = m->family;
	size_t n = label_count(f);
	const char *before = "{";

	if (buf_printf(out, "%s%s", f->name, suffix) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (buf_printf(out, "%s%s=\"%s\"", before, f->labels[i],
			m->values[i]) < 0)
			return -1;
		before = ",";
	}
	if (le != NULL) {
		if (buf_printf(out, "%sle=\"%s\"", before, le) < 0)
			return -1;
		n++;
	}
	return buf_puts(out, n > 0 ? "} " : " ");
}

/* The count is that of the last bucket, whatever is counted meanwhile. */
static int
print_histogram(const struct metric *m, struct buf *out)
{
	const int64_t *bounds = m->family->bounds;
	uint64_t count = 0;
	char le[32];
	size_t i = 0;

	do {
		count +=
		    atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
		if (i < METRIC_BUCKETS_MAX && bounds[i] != 0)
			(void)snprintf(le, sizeof(le), "%.9g",
			    (double)bounds[i] / 1e9);
		else
			memcpy(le, "+Inf", sizeof("+Inf"));
		if (print_name(m, "_bucket", le, out) < 0 ||
		    buf_printf(out, "%llu\n", (unsigned long long)count) < 0)
			return -1;
	} while (i < METRIC_BUCKETS_MAX && bounds[i++] != 0);
	if (print_name(m, "_sum", NULL, out) < 0 ||
	    buf_printf(out, "%.15g\n",
		(double)atomic_load_explicit(&m->value, memory_order_relaxed) /
		    1e9) < 0 ||
	    print_name(m, "_count", NULL, out) < 0)
		return -1;
	return buf_printf(out, "%llu\n", (unsigned long long)count);
}

static int
print_series(const struct metric *m, struct buf *out)
{
	int64_t value = atomic_load_explicit(&m->value, memory_order_relaxed);
	double unit = m->family->unit;

	if (m->family->kind == METRIC_HISTOGRAM)
		return print_histogram(m, out);
	if (print_name(m, "", NULL, out) < 0)
		return -1;
	if (unit == 0)
		return buf_printf(out, "%lld\n", (long long)value);
	return buf_printf(out, "%.15g\n", (double)value * unit);
}

static int
print_family(const struct metric_family *f, struct buf *out)
{
	static const char *const kinds[] = { [METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram" };

	if (buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help,
		f->name, kinds[f->kind]) < 0)
		return -1;
	for (const struct metric *m = f->series; m != NULL; m = m->next)
		if (!atomic_load_explicit(&m->hidden, memory_order_acquire) &&
		    print_series(m, out) < 0)
			return -1;
	return 0;
}

int
metric_print(struct buf *out)
{
	int r = 0;

	(void)pthread_mutex_lock(&store_lock);
	for (const struct metric_family *f = families; f != NULL && r == 0;
	     f = f->next)
		r = print_family(f, out);
	(void)pthread_mutex_unlock(&store_lock);
	return r;
}

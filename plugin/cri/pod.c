/* Pods, read. */
#include "cri/pod.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cri/message.h"

/* A label, and where it stood. */
struct label {
	char *key, *value;
	size_t at;
};

static int
compare(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	int by = strcmp(x->key, y->key);

	return by != 0 ? by : (x->at > y->at) - (x->at < y->at);
}

static int
read_label(const Runtime__V1__MapEntry *entry, struct label *ret)
{
	if (message_text(entry->key, &ret->key) < 0 ||
	    message_text(entry->value, &ret->value) < 0)
		return -1;
	if (ret->key == NULL)
		ret->key = mem_strdup("");
	if (ret->value == NULL)
		ret->value = mem_strdup("");
	return 0;
}

/* The last of each key, by key. */
static void
keep_last(struct label *labels, size_t n, struct str_map *ret)
{
	if (n > 1)
		qsort(labels, n, sizeof(*labels), compare);
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || strcmp(labels[i].key, labels[i + 1].key) != 0)
			str_map_add(ret, labels[i].key, labels[i].value);
}

static int
read_labels(Runtime__V1__MapEntry *const *entries, size_t n,
    struct str_map *ret)
{
	struct label *labels = mem_calloc(n, sizeof(*labels));
	int bad = n > POD_LABELS_MAX ? -1 : 0;

	for (size_t i = 0; bad == 0 && i < n; i++) {
		labels[i].at = i;
		bad = read_label(entries[i], &labels[i]);
	}
	if (bad == 0)
		keep_last(labels, n, ret);
	for (size_t i = 0; i < n; i++) {
		free(labels[i].key);
		free(labels[i].value);
	}
	free(labels);
	return bad;
}

int
pod_read(const Runtime__V1__PodSandboxMetadata *metadata,
    Runtime__V1__MapEntry *const *labels, size_t nlabels, struct pod *ret)
{
	if (metadata != NULL &&
	    (message_text(metadata->namespace_, &ret->namespace_) < 0 ||
		message_text(metadata->name, &ret->name) < 0 ||
		message_text(metadata->uid, &ret->uid) < 0))
		return -1;
	return read_labels(labels, nlabels, &ret->labels);
}

void
pod_copy(struct pod *to, const struct pod *from)
{
	to->namespace_ = mem_strdup_null(from->namespace_);
	to->name = mem_strdup_null(from->name);
	to->uid = mem_strdup_null(from->uid);
	str_map_copy(&to->labels, &from->labels);
}

void
pod_clear(struct pod *p)
{
	free(p->namespace_);
	free(p->name);
	free(p->uid);
	str_map_clear(&p->labels);
	*p = (struct pod){ 0 };
}

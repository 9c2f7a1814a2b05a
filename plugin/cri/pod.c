/* Pods, read. */
#include "cri/pod.h"

#include "base/mem.h"
#include "cri/message.h"

static int
read_labels(Runtime__V1__MapEntry *const *labels, size_t n, struct str_map *ret)
{
	for (size_t i = 0; i < n; i++) {
		AUTO(str) char *key = NULL;
		AUTO(str) char *value = NULL;

		if (message_text(labels[i]->key, &key) < 0 ||
		    message_text(labels[i]->value, &value) < 0)
			return -1;
		str_map_set(ret, key == NULL ? "" : key,
		    value == NULL ? "" : value);
	}
	return 0;
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

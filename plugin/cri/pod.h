#ifndef CRI_POD_H
#define CRI_POD_H

#include "base/auto.h"
#include "base/str.h"
#include "cri.pb-c.h"

/* Whose image it is, as the runtime's interface says it. */
struct pod {
	char *namespace_, *name, *uid; /* NULL where nothing is said */
	struct str_map labels;
};

/* More would hold up others while they are read. */
#define POD_LABELS_MAX 1024

/* -1 for what is no text, and for too many labels.  Both may be NULL or empty.
 * Of a label that comes twice the last counts, as in any map of protobuf's. */
int pod_read(const Runtime__V1__PodSandboxMetadata *metadata,
    Runtime__V1__MapEntry *const *labels, size_t nlabels,
    struct pod *ret) MUST_CHECK;

/* Into one that is empty. */
void pod_copy(struct pod *to, const struct pod *from);
void pod_clear(struct pod *p);

#endif

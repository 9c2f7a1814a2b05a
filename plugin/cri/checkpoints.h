#ifndef CRI_CHECKPOINTS_H
#define CRI_CHECKPOINTS_H

#include "base/str.h"
#include "cri/runtime_call.h"
#include "gate/present.h"

/*
 * Does an image that containerd has hold a checkpoint?  Its ImageStatus does not
 * say, and some of its versions restore containers from such images
 * (facts_may_restore()).  So what each name and digest of the image leads to is
 * read from the content store, with the manifests of an index that are there.  A
 * runtime without these services is no containerd, and is asked no further.
 */
#define CHECKPOINTS_READ_MAX 64 /* names and manifests of one image */

/* What no single message of the store can hold is not read. */
#define CHECKPOINTS_MANIFEST_MAX (1u << 20)

/* problem: why it cannot be told, or NULL. */
typedef void checkpoints_done(void *arg, const char *problem);

/* One look, on the loop's thread; it lives in a call's state. */
struct checkpoints {
	struct runtime *runtime;
	struct present
	    *present; /* borrowed; checkpoint is set if one is found */
	checkpoints_done *done;
	void *arg;

	/* Its own. */
	struct str_list names, digests; /* to be looked at, each once */
	size_t name_at, digest_at;
	struct own_call *under_way;
};

/* runtime, present, done and arg are set; done is called once. */
void checkpoints_look(struct checkpoints *l);

/* Whoever asked is gone; done is still called. */
void checkpoints_cancel(struct checkpoints *l);
void checkpoints_clear(struct checkpoints *l);

#endif

#ifndef CRI_CHECKPOINTS_H
#define CRI_CHECKPOINTS_H

#include "base/buf.h"
#include "base/str.h"
#include "cri/runtime_call.h"
#include "gate/present.h"

/*
 * Does an image that containerd has hold a checkpoint?  Its ImageStatus does not
 * say, and some of its versions restore containers from such images
 * (facts_may_restore()): by the annotations of what any name of the image stands
 * for, manifest or index.  So that is read from the content store, for every name,
 * since containerd picks one by itself.
 */
#define CHECKPOINTS_NAMES_MAX 1024

/* containerd takes no more from a registry than some 4 MiB for one. */
#define CHECKPOINTS_TARGET_MAX (5u << 20)
#define CHECKPOINTS_BYTES_MAX  (64u << 20) /* of all */

/* problem: why it cannot be told, or NULL. */
typedef void checkpoints_done(void *arg, const char *problem);

/* One look, on the loop's thread; it lives in a call's state. */
struct checkpoints {
	struct runtime *runtime;
	struct present
	    *present; /* borrowed; checkpoint is set if one is found */
	bool insist;  /* a runtime without these services is a problem */
	checkpoints_done *done;
	void *arg;

	/* Its own. */
	struct str_list names; /* to be looked at, each once */
	struct str_list seen;  /* digests, each once */
	size_t at;
	char *digest; /* of what is being read */
	size_t size, total;
	struct buf content;
	struct own_call *under_way;
};

/* The first five are set; done is called once. */
void checkpoints_look(struct checkpoints *l);

/* Whoever asked is gone; done is still called. */
void checkpoints_cancel(struct checkpoints *l);
void checkpoints_clear(struct checkpoints *l);

#endif

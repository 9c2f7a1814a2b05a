#ifndef CRI_IMAGE_NAMES_H
#define CRI_IMAGE_NAMES_H

#include "base/buf.h"
#include "base/str.h"
#include "cri/runtime_call.h"
#include "gate/present.h"

/*
 * What the names of an image that containerd has really stand for: its
 * ImageStatus makes repository digests of names, and an archive that is imported
 * chooses those.  A name that says another digest than it stands for is taken out
 * of present->digests.
 *
 * And does the image hold a checkpoint?  ImageStatus does not say, and some
 * versions restore containers from such images (facts_may_restore()): by the
 * annotations of what any name stands for, manifest or index.  So that is read,
 * where it is asked for, under every name, since containerd picks one by itself.
 */
#define IMAGE_NAMES_MAX 1024

/* containerd takes no more from a registry than some 4 MiB for one. */
#define IMAGE_NAMES_TARGET_MAX (5u << 20)
#define IMAGE_NAMES_BYTES_MAX  (64u << 20) /* of all */

/* problem: why it cannot be told, or NULL. */
typedef void image_names_done(void *arg, const char *problem);

/* One look, on the loop's thread; it lives in a call's state. */
struct image_names {
	struct runtime *runtime;
	struct present
	    *present; /* borrowed; checkpoint is set if one is found */
	bool read;    /* look for checkpoints, too */
	bool insist;  /* a runtime without these services is a problem */
	image_names_done *done;
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

/* The first six are set; done is called once. */
void image_names_look(struct image_names *l);

/* Whoever asked is gone; done is still called. */
void image_names_cancel(struct image_names *l);
void image_names_clear(struct image_names *l);

#endif

#ifndef IMAGE_CHECKPOINT_H
#define IMAGE_CHECKPOINT_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"

/*
 * Images that hold a container's checkpoint.  A runtime that is asked to create
 * a container from one restores it, and pulls by itself whatever image the
 * checkpoint says it was made of.  They are known by annotations of their
 * manifest: "org.criu.checkpoint.…" (checkpointctl, containerd, podman) and
 * "io.kubernetes.cri-o.annotations.checkpoint.…" (CRI-O).
 */
bool checkpoint_key(const char *key);
bool checkpoint_is_told(const struct str_map *annotations);

/* Might any reader find such a key in this JSON?  Not if its beginning stands
 * nowhere in it and nothing is escaped. */
bool checkpoint_may_be_told(struct slice json);

/* Add to `to` those of `from` that tell it. */
void checkpoint_copy(struct str_map *to, const struct str_map *from);

#endif

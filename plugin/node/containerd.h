#ifndef NODE_CONTAINERD_H
#define NODE_CONTAINERD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* containerd's configuration, as far as its image verifier hangs on it. */
#define CONTAINERD_CONFIG "/etc/containerd/config.toml"

/* With a file's imports followed. */
#define CONTAINERD_FILES_MAX 64

struct containerd {
	unsigned major, minor, patch; /* all 0: not known */
	struct str_map values;        /* as toml_read() names them */
	struct str_list files;
};

/*
 * Read it: that of the process which listens on `address`, if it is to be seen,
 * else the usual one of containerd, k3s or RKE2.  version is what the runtime says
 * of itself (NULL: nothing).  A file that is not there is an empty one.
 */
int containerd_read(const char *root, const char *address, const char *version,
    struct containerd *ret, struct err *e) MUST_CHECK;

bool containerd_is_at_least(const struct containerd *c, unsigned major,
    unsigned minor);

/* Is it told to restore checkpoints when a container is created? */
bool containerd_is_to_restore(const struct containerd *c);

/* Is image_verifier's bin_dir set, and to what?  NULL: it is not. */
const char *containerd_bin_dir(const struct containerd *c);

/* How many programs there may be; below 0: as many as there are. */
long containerd_max_verifiers(const struct containerd *c);

/* The settings that make the CRI's pulls go past the verifier, "a, b"; NULL if
 * there are none.  A new string. */
char *containerd_local_pull(const struct containerd *c);

void containerd_clear(struct containerd *c);
DEFINE_AUTO_INPLACE(containerd, struct containerd, containerd_clear);

#endif

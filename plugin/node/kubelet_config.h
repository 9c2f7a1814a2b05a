#ifndef NODE_KUBELET_CONFIG_H
#define NODE_KUBELET_CONFIG_H

#include "base/err.h"
#include "base/str.h"

/* An endpoint that the kubelet is given, and where that stands. */
struct kubelet_endpoint {
	char *address; /* NULL: it is not set */
	char *from;    /* a file, a flag, or "the kubelet's default" */
};

void kubelet_endpoint_set(struct kubelet_endpoint *at, const char *address,
    const char *from);
void kubelet_endpoint_clear(struct kubelet_endpoint *at);

/* Does anything of it hold?  An empty address is none. */
bool kubelet_endpoint_is_set(const struct kubelet_endpoint *at);

/* What is read, and for whom. */
struct kubelet_reading {
	const char *root;
	struct kubelet_endpoint *image, *runtime;
	struct str_list *files; /* each file that was read is added */
	struct str_list *dirs;  /* and each directory */
};

/*
 * imageServiceEndpoint and containerRuntimeEndpoint of a KubeletConfiguration
 * (path may be NULL) and of the fragments (*.conf) of a --config-dir (may be NULL)
 * in the kubelet's order: what comes later counts, and an empty value or a null
 * takes back what came before (its address is then "").  ERR_MALFORMED for one that is
 * no YAML.
 */
int kubelet_config_read(const struct kubelet_reading *r, const char *path,
    const char *dir, struct err *e) MUST_CHECK;

#endif

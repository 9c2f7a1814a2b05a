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

/*
 * imageServiceEndpoint and containerRuntimeEndpoint of a KubeletConfiguration
 * (path may be NULL) and of the fragments (*.conf) of a --config-dir (may be NULL)
 * in the kubelet's order: what comes later counts.  Files that are read are added
 * to *files.  ERR_MALFORMED for one that is no YAML.
 */
int kubelet_config_read(const char *root, const char *path, const char *dir,
    struct kubelet_endpoint *image, struct kubelet_endpoint *runtime,
    struct str_list *files, struct err *e) MUST_CHECK;

#endif

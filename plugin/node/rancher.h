#ifndef NODE_RANCHER_H
#define NODE_RANCHER_H

#include "base/err.h"
#include "base/str.h"

/*
 * What k3s and RKE2 are told of their kubelet: config.yaml, then the files of
 * config.yaml.d in order, then the command line (docs.k3s.io, "Configuration
 * File").  A list is replaced by a later file, or gone on with if its key ends
 * in '+'.
 */
struct rancher {
	struct str_list kubelet_args; /* "--name=value" */
	char *runtime; /* container-runtime-endpoint; NULL: their own */
	char *image;   /* image-service-endpoint */
	char *reset;   /* the last file that replaced kubelet-arg, or NULL */
	char *dir;     /* of the fragments, "/etc/rancher/k3s/config.yaml.d" */
	struct str_list files;
	bool by_hand; /* the command line has --kubelet-arg too */
};

/* name is "k3s" or "rke2"; words are of its command line. */
int rancher_read(const char *root, const char *name,
    const struct str_list *words, struct rancher *ret,
    struct err *e) MUST_CHECK;

void rancher_clear(struct rancher *r);
DEFINE_AUTO_INPLACE(rancher, struct rancher, rancher_clear);

#endif

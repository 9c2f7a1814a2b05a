#ifndef NODE_KUBELET_H
#define NODE_KUBELET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "node/kubelet_config.h"

/* The node's kubelet: one of its own, or the one in k3s or RKE2. */
enum kubelet_kind { KUBELET_NONE, KUBELET_PLAIN, KUBELET_K3S, KUBELET_RKE2 };

struct kubelet {
	enum kubelet_kind kind;
	int pid;              /* 0: it does not run */
	char *unit;           /* the service that starts it */
	struct str_list args; /* the kubelet's flags */
	bool args_written; /* in files of k3s or RKE2, not seen in a process */
	struct str_list starter;   /* of k3s and RKE2: their own command line */
	char *config, *config_dir; /* NULL: none is given */
	struct str_list files;     /* the configuration files it reads */
	struct str_list dirs;      /* and the directories it finds them in */
	struct kubelet_endpoint image, runtime; /* in effect */

	/* A file or a directory that was changed since the process began, which
	 * therefore has not read it as it is; or NULL. */
	char *stale;
};

/*
 * Find it, by the processes that run or, if there are none, by the units.
 * ERR_NOT_FOUND if there is none, ERR_CONFIG if there are several, ERR_LIMIT if
 * too many may be one, and what a file is wrong with.  The caller clears *ret whatever comes.
 */
int kubelet_find(const char *root, struct kubelet *ret,
    struct err *e) MUST_CHECK;

/* "kubelet (process 812)", "k3s (unit k3s.service, not running)"; a new string. */
char *kubelet_describe(const struct kubelet *k)
    __attribute__((returns_nonnull));

/* "kubelet", "k3s", "rke2". */
const char *kubelet_kind_name(enum kubelet_kind kind);

/* Where image calls really go: the image endpoint, else the runtime's. */
const struct kubelet_endpoint *kubelet_image_calls(const struct kubelet *k);

/* Does it send these calls there, and has it read that it is to? */
bool kubelet_sends(const char *root, const struct kubelet *k,
    const struct kubelet_endpoint *at, const char *address);

/* May what gives the endpoint have been another when it was read? */
bool kubelet_is_stale(const struct kubelet *k,
    const struct kubelet_endpoint *at);

void kubelet_clear(struct kubelet *k);
DEFINE_AUTO_INPLACE(kubelet, struct kubelet, kubelet_clear);

#endif

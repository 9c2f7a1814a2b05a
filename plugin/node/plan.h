#ifndef NODE_PLAN_H
#define NODE_PLAN_H

#include "base/auto.h"
#include "base/err.h"
#include "node/kubelet.h"

/*
 * What is to be written so that the kubelet goes through pullgate: files of our
 * own beside its configuration, never a change to one that is there.
 */
#define PLAN_CONF "90-pullgate.conf"
#define PLAN_YAML "90-pullgate.yaml"

/* What is wanted: addresses of pullgate's socket and of the runtime behind it. */
struct plan_wish {
	const char *root, *listen, *runtime;
	bool create_gate;
};

struct plan_file {
	char *path, *text;
};

struct plan {
	struct plan_file *files;
	size_t n, cap;
	char *unit;  /* to restart, so that it is read */
	bool reload; /* systemd must read its units anew before */
	bool create_gate;
};

/* ERR_CONFIG, with the reason, where it is not sure that this is right. */
int plan_make(const struct plan_wish *wish, const struct kubelet *k,
    struct plan *ret, struct err *e) MUST_CHECK;

void plan_clear(struct plan *p);
DEFINE_AUTO_INPLACE(plan, struct plan, plan_clear);

#endif

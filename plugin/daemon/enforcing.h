#ifndef DAEMON_ENFORCING_H
#define DAEMON_ENFORCING_H

#include "daemon/config.h"

/*
 * Does the node enforce what the policies say?  The doors of node/doors.h and
 * those that only the daemon knows: "policies", "exemptions", "unmatched" and
 * "sandbox-image".  Looked at on a thread of its own, at start, after a reload and each minute, and
 * told as the metric pullgate_enforcing.
 */
struct enforcing;

/* How things stand; borrowed but for the ring. */
struct enforcing_of {
	const struct config *config;
	struct cri_server *server;
	struct gate *gate;
	struct ring
	    *ring; /* a reference, given back when it has been looked at */
};

/* Asked before each look, on any thread. */
typedef void enforcing_view(void *arg, struct enforcing_of *ret);

struct enforcing *enforcing_start(enforcing_view *view, void *arg)
    __attribute__((returns_nonnull));

/* Look again soon: the policies are others.  Takes NULL. */
void enforcing_kick(struct enforcing *f);

/* Look now: {"doors": […]} (door_list_json()).  On the caller's thread. */
struct json *enforcing_json(struct enforcing *f)
    __attribute__((returns_nonnull));

/* No look is under way when it returns.  Takes NULL. */
void enforcing_stop(struct enforcing *f);

/* How many of a set's policies are enforced. */
size_t enforcing_count(const struct policy_set *set);

#endif

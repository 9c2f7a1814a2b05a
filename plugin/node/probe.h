#ifndef NODE_PROBE_H
#define NODE_PROBE_H

#include "base/auto.h"
#include "base/err.h"

/* Questions to the sockets of the node, asked as the kubelet would. */

/* Does a runtime answer there, by itself or behind pullgate?  Its name and
 * version, new strings that may be NULL. */
int probe_runtime(const char *address, char **name, char **version,
    struct err *e) MUST_CHECK;

/*
 * Is an image that nobody signed (GATE_CANARY) refused there, by pullgate and in
 * the words that the kubelet makes a reason of?  ERR_NOT_FOUND if nobody answers,
 * ERR_DENIED, with what was answered, if it is not.
 */
int probe_canary(const char *address, struct err *e) MUST_CHECK;

#endif

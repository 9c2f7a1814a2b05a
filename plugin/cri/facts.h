#ifndef CRI_FACTS_H
#define CRI_FACTS_H

#include <stdbool.h>

#include "base/json.h"
#include "cri/runtime.h"
#include "gate/gate.h"

/*
 * What the runtime says of itself, asked whenever it is there anew, and again
 * until it has answered: its name,
 * which decides how short names are read, its version, and the sandbox image
 * that it pulls by itself.  What an operator should know of that is logged.  On
 * the loop's thread, but for facts_json().
 */
struct facts;

/* Both are borrowed and outlive it. */
struct facts *facts_new(struct runtime *runtime, struct gate *gate)
    __attribute__((returns_nonnull));
void facts_free(struct facts *f);

/* What is known, and what an operator was warned of: {"name", "version",
 * "warnings": […], "sandboxImages": […]}.  Any thread. */
struct json *facts_json(struct facts *f) __attribute__((returns_nonnull));

/* Ask again: the runtime has just connected. */
void facts_learn(void *facts);

/* What is made of a name without a registry. */
enum facts_unqualified {
	UNQUALIFIED_AUTO,   /* docker.io, where the runtime reads it so */
	UNQUALIFIED_DOCKER, /* docker.io */
	UNQUALIFIED_DENY    /* it is refused */
};

/* Does a name need a registry?  While the runtime has not said what it is,
 * UNQUALIFIED_AUTO supposes the worst. */
bool facts_need_registry(const struct facts *f, enum facts_unqualified how);

/*
 * Does a containerd of this version ("2.1.9", "v2.2.0~rc1") restore checkpoints
 * in CreateContainer without being told to?  2.1, 2.2 before 2.2.7 and 2.3
 * before 2.3.4 do, where criu is installed; and for all we know one whose version
 * cannot be read.
 */
bool facts_restores_checkpoints(const char *containerd);

/* Is this runtime one of them? */
bool facts_restores(const struct facts *f);

/* Might this runtime restore them, without or by a setting?  containerd from 2.1
 * on; and one that has not said what it is. */
bool facts_may_restore(const struct facts *f);

/* It is, or has not said what it is. */
bool facts_may_be_containerd(const struct facts *f);

/* Ask no more; the loop ends. */
void facts_stop(struct facts *f);

#endif

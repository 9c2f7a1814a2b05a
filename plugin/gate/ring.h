#ifndef GATE_RING_H
#define GATE_RING_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "policy/model.h"
#include "signature/demand.h"

/*
 * A set of policies with the keys it names: what is in force.  Immutable and
 * reference-counted; a reload swaps it whole.
 */
struct ring;

/* Where it is read from. */
struct ring_sources {
	const char *const *policies; /* files and directories */
	size_t n;
	const char *trusted_root; /* a trusted_root.json; NULL: the built-in */
};

/*
 * Load policies and read every key, certificate and root they name.  All or
 * nothing: complaints are in d as file:line:column: message.
 */
int ring_load(const struct ring_sources *from, struct ring **ret,
    struct diag *d) MUST_CHECK;

const struct policy_set *ring_policies(const struct ring *r);

/* The files its keys and roots were read from. */
const struct str_list *ring_files(const struct ring *r);

/* The demand with this id (signature/demand.h); NULL if no policy makes it. */
const struct demand *ring_demand(const struct ring *r, const char *id);

struct ring *ring_ref(struct ring *r);
void ring_unref(struct ring *r);
DEFINE_AUTO(ring, struct ring *, ring_unref);

#endif

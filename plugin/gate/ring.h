#ifndef GATE_RING_H
#define GATE_RING_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "keys/keys.h"
#include "policy/model.h"

/*
 * A set of policies with the keys it names: what is in force.  Immutable and
 * reference-counted; a reload swaps it whole.
 */
struct ring;

/*
 * Load policies from files and directories and read every key they name.  All
 * or nothing: complaints are in d as file:line:column: message.
 */
int ring_load(const char *const *paths, size_t n, struct ring **ret,
    struct diag *d) MUST_CHECK;

const struct policy_set *ring_policies(const struct ring *r);

/* The files its keys were read from. */
const struct str_list *ring_files(const struct ring *r);

/* The key with this fingerprint (trust/key.h); NULL if no policy names it. */
const struct key *ring_key(const struct ring *r, const char *fingerprint);

struct ring *ring_ref(struct ring *r);
void ring_unref(struct ring *r);
DEFINE_AUTO(ring, struct ring *, ring_unref);

#endif

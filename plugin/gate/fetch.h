#ifndef GATE_FETCH_H
#define GATE_FETCH_H

#include "base/auto.h"
#include "base/budget.h"
#include "base/err.h"
#include "gate/store.h"
#include "image/manifest.h"
#include "image/reference.h"
#include "policy/match.h"
#include "registry/registry.h"
#include "signature/evidence.h"

/*
 * All that has to be fetched before policies can be asked: what the reference
 * names, and the signatures in every place where the policies look for them.
 * Failures are kept beside what they are about, since a policy that does not
 * look there is not concerned.
 */
struct place {
	char *repository;  /* NULL: beside the image */
	bool attestations; /* looked for as well */
	bool stored;       /* the evidence is not of now */
	struct evidence *evidence;
	struct err err; /* code ERR_NONE if evidence is there */
};

struct fetched {
	struct descriptor target; /* digest NULL if it was not resolved */
	struct err err;           /* why not */
	struct place *places;
	size_t nplaces;
};

/* The places the policies look in, none twice, in the order of their names. */
void fetch_places(const struct policy_matches *matches, struct fetched *ret);

/*
 * Fill *f, whose places are set, within the session's budget.  What the store
 * has, and is fresh, is taken from there; what it has serves as well where the
 * registry is away.  A digest of which everything is fresh needs no registry;
 * for an image that is on the node already, nothing is too old.  store may be
 * NULL.
 */
struct fetch_what {
	const struct reference *ref;
	bool present; /* on the node already */
};

void fetch_all(struct registry_session *session, struct store *store,
    const struct fetch_what *what, struct fetched *f);

/* Is any of it not of now? */
bool fetched_is_stored(const struct fetched *f);

/* Ask the registry for what came from the store: it was not enough.  Of an image
 * that is present, what cannot be had anew stays: there are no credentials for
 * it, and what is known refuses it. */
void fetch_again(struct registry_session *session, struct store *store,
    const struct fetch_what *what, struct fetched *f);

/* The place with this repository; fetch_places made one for every attestor. */
const struct place *fetched_place(const struct fetched *f,
    const char *repository);

void fetched_clear(struct fetched *f);
DEFINE_AUTO_INPLACE(fetched, struct fetched, fetched_clear);

#endif

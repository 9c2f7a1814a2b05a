#ifndef SIGNATURE_DEMAND_H
#define SIGNATURE_DEMAND_H

#include <stdbool.h>

#include "base/auto.h"
#include "trust/certificate.h"
#include "trust/key.h"
#include "trust/root.h"

/*
 * Who may have made a signature, and what must be shown besides: what policies
 * ask of the verifier.  Whether an identity is the right one is theirs to say.
 * Immutable once made.
 */
enum demand_kind {
	DEMAND_NONE,
	DEMAND_KEY,        /* this key */
	DEMAND_KEYLESS,    /* a certificate of the root's CAs for somebody */
	DEMAND_CERTIFICATE /* a certificate of the root's CAs; nobody is named */
};

struct demand {
	char *id; /* names it: two demands of one id ask the same */
	enum demand_kind kind;
	struct key *key;                 /* of KEY */
	struct certificate *certificate; /* of CERTIFICATE, or NULL: any */
	struct trust_root *root;
	bool tlog;      /* a transparency log must have it */
	bool sct;       /* the certificate must be in a CT log */
	bool timestamp; /* an authority must have stamped it */
};

/* Takes everything over but id, which it makes of the rest and of root_id, a
 * name of the root. */
struct demand *demand_new(const struct demand *init, const char *root_id)
    __attribute__((returns_nonnull));
void demand_free(struct demand *d);
DEFINE_AUTO(demand, struct demand *, demand_free);

#endif

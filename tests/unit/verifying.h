#ifndef TESTS_UNIT_VERIFYING_H
#define TESTS_UNIT_VERIFYING_H

/* A signature asked whether it is one key's, and nothing else. */
#include "signature/signature.h"
#include "signature/verify.h"

static inline struct demand *
demand_of(const struct key *key)
{
	return demand_new(&(struct demand){ .kind = DEMAND_KEY,
			      .key = key_ref(key),
			      .root = trust_root_new() },
	    "");
}

static inline int
signature_verify(const struct evidence_item *item, const struct key *key,
    const char *image_digest, struct proof **ret, struct err *e)
{
	AUTO(sealed) struct sealed sealed = { 0 };
	AUTO(demand) struct demand *demand = demand_of(key);
	struct subject about = { .digest = image_digest,
		.source = item->source };

	if (signature_open(item, &sealed, e) < 0)
		return -1;
	return sealed_verify(&sealed, demand, &about, ret, e);
}

#endif

#ifndef SIGNATURE_PROOF_H
#define SIGNATURE_PROOF_H

#include "base/auto.h"
#include "base/str.h"

/*
 * What a good signature established.  Only signature_verify() makes one, and
 * the policy takes nothing else as evidence: no proof, no pull.
 */
struct proof;

/* Zero is no kind. */
enum proof_kind { PROOF_NONE, PROOF_SIGNATURE, PROOF_ATTESTATION };

enum proof_kind proof_kind(const struct proof *p);

/* All borrowed from the proof. */
const char *proof_format(const struct proof *p); /* "cosign", "bundle" */
const char *proof_image_digest(const struct proof *p);
const char *proof_key(const struct proof *p);    /* fingerprint, trust/key.h */
const char *proof_source(const struct proof *p); /* evidence_item.source */
const char *proof_predicate_type(const struct proof *p); /* may be NULL */

/* The name that was signed along, as it was written there; may be NULL. */
const char *proof_reference(const struct proof *p);

/* Signed annotations, string values only; NULL if there is none of that name.
 * A value that is no string is no annotation (cosign: 1 is not "1"). */
const char *proof_annotation(const struct proof *p, const char *key);
const struct str_map *proof_annotations(const struct proof *p);

void proof_free(struct proof *p);
DEFINE_AUTO(proof, struct proof *, proof_free);

struct proof_list {
	struct proof **items; /* owned */
	size_t n;
	size_t cap;
};

/* Takes p over. */
void proof_list_own(struct proof_list *list, struct proof *p);
void proof_list_clear(struct proof_list *list);
DEFINE_AUTO_INPLACE(proof_list, struct proof_list, proof_list_clear);

#endif

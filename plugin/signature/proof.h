#ifndef SIGNATURE_PROOF_H
#define SIGNATURE_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/str.h"

/*
 * What a good signature established.  Only sealed_verify() makes one, and
 * the policy takes nothing else as evidence: no proof, no pull.
 */
struct proof;

/* Zero is no kind. */
enum proof_kind { PROOF_NONE, PROOF_SIGNATURE, PROOF_ATTESTATION };

enum proof_kind proof_kind(const struct proof *p);

/* All borrowed from the proof. */
const char *proof_format(const struct proof *p); /* "cosign", "bundle" */
const char *proof_image_digest(const struct proof *p);
const char *proof_key(const struct proof *p); /* fingerprint, trust/key.h */

/* The demand that it meets (signature/demand.h), by its id. */
const char *proof_demand(const struct proof *p);

/* Of a keyless signature: whom the certificate names, who vouched for that
 * (NULL if the certificate does not say), and more of the certificate by name
 * or OID.  NULL without one. */
const char *proof_subject(const struct proof *p);
const char *proof_issuer(const struct proof *p);
const char *proof_extension(const struct proof *p, const char *name);
const struct str_map *proof_extensions(const struct proof *p);
const char *proof_certificate(const struct proof *p); /* its fingerprint */

/* When it was signed, in seconds since 1970; 0 where nothing trusted says. */
int64_t proof_time(const struct proof *p);
bool proof_is_logged(const struct proof *p);
const char *proof_log(const struct proof *p); /* its host; NULL: not known */
bool proof_is_stamped(const struct proof *p);

const char *proof_source(const struct proof *p); /* evidence_item.source */
const char *proof_predicate_type(const struct proof *p); /* may be NULL */
const char *proof_predicate(const struct proof *p);      /* JSON; may be NULL */

/* The name that was signed along, as it was written there; may be NULL. */
const char *proof_reference(const struct proof *p);

/* Signed annotations, string values only; NULL if there is none of that name.
 * A value that is no string is no annotation (cosign: 1 is not "1"). */
const char *proof_annotation(const struct proof *p, const char *key);
const struct str_map *proof_annotations(const struct proof *p);

/* Share it; free gives a share back. */
struct proof *proof_ref(struct proof *p);
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

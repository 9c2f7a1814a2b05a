#ifndef POLICY_SIGNED_IDENTITY_H
#define POLICY_SIGNED_IDENTITY_H

#include "image/reference.h"
#include "policy/attestor.h"

/*
 * Does the name that was signed (critical.identity.docker-reference of a cosign
 * payload) agree with the name that is pulled, by the rules of
 * containers-policy.json(5)?  NULL if it does, else why not; the caller frees
 * it.  signed_name may be NULL: the signature names nothing.  pulled is needed
 * by every rule but POLICY_ANY_NAME.
 */
char *signed_identity_check(const struct policy_signed_identity *want,
    const struct reference *pulled, const char *signed_name);

#endif

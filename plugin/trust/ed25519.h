#ifndef TRUST_ED25519_H
#define TRUST_ED25519_H

#include <stdbool.h>

#include "base/slice.h"

#define ED25519_KEY_LEN 32
#define ED25519_SIG_LEN 64

/*
 * Ed25519 signatures, RFC 8032: the pure form, and Ed25519ph with an empty
 * context, which cosign 3 makes and OpenSSL 3.0 does not know.  By libsodium,
 * which also refuses keys and points of small order and S out of range.
 */
bool ed25519_verify(const uint8_t key[ED25519_KEY_LEN], struct slice msg,
    struct slice sig);
bool ed25519ph_verify(const uint8_t key[ED25519_KEY_LEN], struct slice msg,
    struct slice sig);

#endif

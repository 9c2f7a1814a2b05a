/* Ed25519, pure and pre-hashed, by libsodium. */
#include "trust/ed25519.h"

#include <sodium.h>

bool
ed25519_verify(const uint8_t key[ED25519_KEY_LEN], struct slice msg,
    struct slice sig)
{
	return sig.len == ED25519_SIG_LEN && sodium_init() >= 0 &&
	       crypto_sign_ed25519_verify_detached(sig.ptr, msg.ptr, msg.len,
		   key) == 0;
}

bool
ed25519ph_verify(const uint8_t key[ED25519_KEY_LEN], struct slice msg,
    struct slice sig)
{
	crypto_sign_ed25519ph_state state;

	return sig.len == ED25519_SIG_LEN && sodium_init() >= 0 &&
	       crypto_sign_ed25519ph_init(&state) == 0 &&
	       crypto_sign_ed25519ph_update(&state, msg.ptr, msg.len) == 0 &&
	       crypto_sign_ed25519ph_final_verify(&state, sig.ptr, key) == 0;
}

/*
 * Any bytes as an in-toto statement that was signed, and as the body of a log's
 * entry beside a signature that it is not of.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "signature/dsse.h"
#include "signature/entry_body.h"
#include "trust/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEX "1111111111111111111111111111111111111111111111111111111111111111"

static const char pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBKrsc2NXJvIT+4qeZNo7hjLkFJWp\n"
    "RNAEW1IuunJA+tWH2TFXmKqjpboBd1eHztBeqve04J/IHW0apUboNl1SXQ==\n"
    "-----END PUBLIC KEY-----\n";

static void
as_entry(const uint8_t *data, size_t size)
{
	static struct key *key;
	AUTO(sealed)
	struct sealed s = { .message = buf_with_max(100),
		.signature = buf_with_max(100),
		.is_dsse = true };
	struct subject about = { .digest = "sha256:" HEX };
	struct log_entry entry = { .body = buf_with_max(1u << 20) };
	AUTO(entry_body) struct entry_body body = { 0 };
	struct err e;

	if (key == NULL && key_from_pem(slice_str(pem), &key, &e) < 0)
		abort();
	if (buf_append(&s.message, "message", 7) < 0 ||
	    buf_append(&s.signature, "signature that nobody guesses", 29) < 0 ||
	    buf_append(&entry.body, data, size) < 0)
		abort();
	if (entry_body_read(&entry, &body, &e) == 0 &&
	    entry_body_check(&body, &s, &about, key, NULL, &e) == 0)
		abort();
	log_entry_clear(&entry);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(statement) struct statement said = { 0 };
	struct err e;

	as_entry(data, size);
	if (dsse_read(slice_of(data, size), "sha256:" HEX, &said, &e) == 0 &&
	    said.kind == PROOF_NONE)
		abort();
	return 0;
}

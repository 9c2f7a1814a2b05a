/*
 * Any bytes as a signature: taken apart, and as what was signed.  Nothing that
 * was not signed ever becomes a proof, and what is read as a statement speaks of
 * the image that was asked about.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "signature/format.h"
#include "signature/signature.h"
#include "trust/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEX "1111111111111111111111111111111111111111111111111111111111111111"

static const char pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBKrsc2NXJvIT+4qeZNo7hjLkFJWp\n"
    "RNAEW1IuunJA+tWH2TFXmKqjpboBd1eHztBeqve04J/IHW0apUboNl1SXQ==\n"
    "-----END PUBLIC KEY-----\n";

static void
as_item(const struct key *key, const char *media_type, const uint8_t *data,
    size_t size)
{
	AUTO(evidence) struct evidence *ev = evidence_new("sha256:" HEX);
	struct evidence_item *item = evidence_add(ev);
	AUTO(proof) struct proof *proof = NULL;
	struct err e;

	item->source = mem_strdup("fuzz");
	item->media_type = mem_strdup(media_type);
	item->blob = slice_of(mem_strndup((const char *)data, size), size);
	str_map_set(&item->annotations, "dev.cosignproject.cosign/signature",
	    "AAAA");
	if (signature_verify(item, key, ev->image_digest, &proof, &e) == 0)
		abort();
}

static void
as_content(const struct sig_format *format, const uint8_t *data, size_t size)
{
	AUTO(statement) struct statement said = { 0 };
	AUTO(str) char *text = mem_strndup((const char *)data, size);
	struct err e;

	if (format->read(slice_of(data, size), "sha256:" HEX, &said, &e) < 0)
		return;
	if (said.kind == PROOF_NONE)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct key *key;
	struct err e;

	if (key == NULL && key_from_pem(slice_str(pem), &key, &e) < 0)
		abort();
	as_item(key, format_simple.media_types[0], data, size);
	as_item(key, format_bundle.media_types[0], data, size);
	as_content(&format_simple, data, size);
	as_content(&format_bundle, data, size);
	return 0;
}

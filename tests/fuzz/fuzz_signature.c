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
#include "signature/verify.h"
#include "trust/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEX "1111111111111111111111111111111111111111111111111111111111111111"

static const char pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBKrsc2NXJvIT+4qeZNo7hjLkFJWp\n"
    "RNAEW1IuunJA+tWH2TFXmKqjpboBd1eHztBeqve04J/IHW0apUboNl1SXQ==\n"
    "-----END PUBLIC KEY-----\n";

static void
as_item(const struct demand *demand, const char *media_type,
    const uint8_t *data, size_t size)
{
	AUTO(evidence) struct evidence *ev = evidence_new("sha256:" HEX);
	struct evidence_item *item = evidence_add(ev);
	struct subject about = { .digest = ev->image_digest, .source = "fuzz" };
	AUTO(sealed) struct sealed sealed = { 0 };
	AUTO(proof) struct proof *proof = NULL;
	struct err e;

	item->source = mem_strdup("fuzz");
	item->media_type = mem_strdup(media_type);
	item->blob = slice_of(mem_strndup((const char *)data, size), size);
	str_map_set(&item->annotations, "dev.cosignproject.cosign/signature",
	    "AAAA");
	if (signature_open(item, &sealed, &e) == 0 &&
	    sealed_verify(&sealed, demand, &about, &proof, &e) == 0)
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
	static struct demand *demand;
	struct key *key = NULL;
	struct err e;

	if (demand == NULL) {
		if (key_from_pem(slice_str(pem), &key, &e) < 0)
			abort();
		demand = demand_new(&(struct demand){ .kind = DEMAND_KEY,
					.key = key,
					.root = trust_root_new() },
		    "");
	}
	as_item(demand, format_simple.media_types[0], data, size);
	as_item(demand, format_attestation.media_types[0], data, size);
	as_item(demand, format_bundle.media_types[0], data, size);
	as_content(&format_simple, data, size);
	as_content(&format_bundle, data, size);
	return 0;
}

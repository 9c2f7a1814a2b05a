/*
 * Any bytes as a bundle of a keyless signature, asked everything there is to ask
 * under the public-good root.  The seeds are no images' signatures, so nothing
 * is ever a proof.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "signature/signature.h"
#include "signature/verify.h"
#include "trust/builtin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEX "1111111111111111111111111111111111111111111111111111111111111111"

static struct demand *
make_demand(void)
{
	struct trust_root *root = NULL;
	struct err e;

	if (trust_root_parse(trust_builtin(), &root, &e) < 0)
		abort();
	return demand_new(&(struct demand){ .kind = DEMAND_KEYLESS,
			      .root = root,
			      .tlog = true,
			      .sct = true },
	    "");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct demand *demand;
	AUTO(evidence) struct evidence *ev = evidence_new("sha256:" HEX);
	struct evidence_item *item = evidence_add(ev);
	struct subject about = { .digest = ev->image_digest, .source = "fuzz" };
	AUTO(sealed) struct sealed sealed = { 0 };
	AUTO(proof) struct proof *proof = NULL;
	struct err e;

	if (demand == NULL)
		demand = make_demand();
	item->source = mem_strdup("fuzz");
	item->media_type =
	    mem_strdup("application/vnd.dev.sigstore.bundle.v0.3+json");
	item->blob = slice_of(mem_strndup((const char *)data, size), size);
	if (signature_open(item, &sealed, &e) == 0 &&
	    sealed_verify(&sealed, demand, &about, &proof, &e) == 0)
		abort();
	return 0;
}

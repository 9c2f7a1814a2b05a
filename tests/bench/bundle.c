/*
 * bundle BUNDLE ROOT ARTIFACT [ROUNDS]: how long it takes to verify one keyless
 * bundle from memory, taken apart anew each time, under a root that is loaded.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/digest.h"
#include "signature/signature.h"
#include "signature/verify.h"

static struct slice
read_whole(const char *path)
{
	struct buf text = buf_with_max(1u << 20);
	struct err e;
	size_t len;

	if (file_read(path, 1u << 20, &text, &e) < 0) {
		(void)fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	len = text.len;
	return slice_of(buf_take(&text), len);
}

int
main(int argc, char **argv)
{
	AUTO(evidence) struct evidence *ev = evidence_new("");
	struct evidence_item *item = evidence_add(ev);
	struct demand init = { .kind = DEMAND_KEYLESS,
		.tlog = true,
		.sct = true };
	AUTO(demand) struct demand *demand = NULL;
	struct subject about = { .is_artifact = true, .has_bytes = true };
	char digest[DIGEST_TEXT_MAX];
	int rounds = argc > 4 ? atoi(argv[4]) : 1000;
	struct slice artifact;
	int64_t from;
	struct err e;

	if (argc < 4)
		return 2;
	artifact = read_whole(argv[3]);
	item->source = mem_strdup(argv[1]);
	item->media_type =
	    mem_strdup("application/vnd.dev.sigstore.bundle.v0.3+json");
	item->blob = read_whole(argv[1]);
	if (trust_root_parse(read_whole(argv[2]), &init.root, &e) < 0)
		return 1;
	demand = demand_new(&init, "");
	digest_of(artifact, digest);
	about.bytes = artifact;
	about.digest = digest;
	about.source = argv[1];
	from = clock_mono_ns();
	for (int i = 0; i < rounds; i++) {
		AUTO(sealed) struct sealed sealed = { 0 };
		AUTO(proof) struct proof *proof = NULL;

		if (signature_open(item, &sealed, &e) < 0 ||
		    sealed_verify(&sealed, demand, &about, &proof, &e) < 0) {
			(void)fprintf(stderr, "%s\n", e.msg);
			return 1;
		}
	}
	(void)printf("%.3f ms\n",
	    (double)(clock_mono_ns() - from) / rounds / 1e6);
	free((void *)(uintptr_t)artifact.ptr);
	return 0;
}

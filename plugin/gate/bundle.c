/* One bundle, by itself. */
#include "gate/bundle.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "gate/material.h"
#include "gate/report.h"
#include "image/digest.h"
#include "signature/signature.h"
#include "signature/verify.h"

#define ARTIFACT_MAX (1u << 30)
#define BUNDLE_TYPE  "application/vnd.dev.sigstore.bundle.v0.3+json"

static int
make_demand(const struct bundle_question *q, struct demand **ret, struct err *e)
{
	struct demand init = { .kind = DEMAND_KEYLESS, .tlog = true };

	if (material_root(q->trusted_root, &init.root, e) < 0)
		return -1;
	if (q->key != NULL && material_key(q->key, &init.key, e) < 0) {
		trust_root_free(init.root);
		return -1;
	}
	if (q->key != NULL)
		init.kind = DEMAND_KEY;
	init.sct = q->key == NULL;
	*ret = demand_new(&init, "");
	return 0;
}

/* "sha256:…" as hexadecimal says it, into bytes. */
static void
bytes_of(const char *digest, uint8_t ret[SHA256_LEN])
{
	const char *hex = digest_hex(digest);

	for (size_t i = 0; i < SHA256_LEN; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		ret[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

/* The artifact's bytes, or the digest that stands for them. */
static int
read_artifact(const char *artifact, struct buf *text,
    char digest[DIGEST_TEXT_MAX], struct subject *ret, struct err *e)
{
	ret->is_artifact = true;
	if (str_starts(artifact, "sha256:")) {
		if (!digest_is_valid(artifact))
			return err_set(e, ERR_CONFIG, "%.100s is no digest",
			    artifact);
		memcpy(digest, artifact, strlen(artifact) + 1);
	} else {
		if (file_read(artifact, ARTIFACT_MAX, text, e) < 0)
			return -1;
		digest_of(buf_slice(text), digest);
		ret->has_bytes = true;
		ret->bytes = buf_slice(text);
	}
	ret->digest = digest;
	bytes_of(digest, ret->sha256);
	return 0;
}

static int
read_bundle(const char *path, struct evidence_item *item, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(SIGNATURE_BLOB_MAX);
	size_t len;

	if (file_read(path, SIGNATURE_BLOB_MAX, &text, e) < 0)
		return -1;
	item->source = mem_strdup(path);
	item->media_type = mem_strdup(BUNDLE_TYPE);
	len = text.len;
	item->blob = slice_of(buf_take(&text), len);
	return 0;
}

static int
check_identity(const struct bundle_question *q, const struct proof *p,
    struct err *e)
{
	if (q->key != NULL)
		return 0;
	if (!str_equal_null(proof_issuer(p), q->issuer))
		return err_set(e, ERR_IDENTITY,
		    "certificate identity does not match: issuer is \"%.160s\"",
		    proof_issuer(p) == NULL ? "" : proof_issuer(p));
	if (!str_equal_null(proof_subject(p), q->identity))
		return err_set(e, ERR_IDENTITY,
		    "certificate identity does not match: subject is "
		    "\"%.160s\"",
		    proof_subject(p));
	return 0;
}

int
bundle_check(const struct bundle_question *q, struct json **ret, struct err *e)
{
	AUTO(evidence) struct evidence *ev = evidence_new("");
	AUTO(demand) struct demand *demand = NULL;
	AUTO(sealed) struct sealed sealed = { 0 };
	AUTO(proof) struct proof *proof = NULL;
	AUTO(buf) struct buf text = buf_with_max(ARTIFACT_MAX);
	char digest[DIGEST_TEXT_MAX];
	struct subject about = { .source = q->bundle, .now = clock_now() };
	struct evidence_item *item = evidence_add(ev);

	if (make_demand(q, &demand, e) < 0 ||
	    read_artifact(q->artifact, &text, digest, &about, e) < 0 ||
	    read_bundle(q->bundle, item, e) < 0 ||
	    signature_open(item, &sealed, e) < 0 ||
	    sealed_verify(&sealed, demand, &about, &proof, e) < 0 ||
	    check_identity(q, proof, e) < 0)
		return -1;
	*ret = report_proof(proof);
	return 0;
}

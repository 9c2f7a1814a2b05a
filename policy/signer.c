/* Has one entry's signer signed? */
#include "policy/signer.h"

#include <string.h>

#include "base/mem.h"
#include "policy/sentence.h"
#include "policy/signed_identity.h"

/* A longer annotation is shown by its beginning. */
#define ANNOTATION_SHOWN 64

/* NULL if the signature carries every annotation, else which it does not. */
static char *
annotation_missing(const struct str_map *wanted, const struct proof *proof)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const char *key = wanted->items[i].key;
		const char *want = wanted->items[i].value;
		const char *got = proof_annotation(proof, key);

		if (got == NULL)
			return str_printf("signature annotations do not match: "
					  "%s is missing",
			    key);
		if (strcmp(got, want) != 0)
			return str_printf("signature annotations do not match: "
					  "%s is \"%.*s\", policy wants \"%s\"",
			    key, sentence_fit(got, ANNOTATION_SHOWN), got,
			    want);
	}
	return NULL;
}

/* Is it the kind of statement that is looked for?  If not, why is in *r. */
static bool
kind_counts(const struct signer_question *q, const struct proof *proof,
    struct reason *r)
{
	const char *type = proof_predicate_type(proof);

	if (q->type == NULL && proof_kind(proof) == PROOF_SIGNATURE)
		return true;
	if (q->type != NULL && proof_kind(proof) == PROOF_ATTESTATION &&
	    type != NULL && strcmp(type, q->type) == 0)
		return true;
	reason_offer(r, ERR_WRONG_TYPE,
	    q->type == NULL ? "an attestation is not a signature"
			    : "there is no attestation of this type");
	return false;
}

/* Does a proof by one of the entry's keys count?  If not, why is in *r. */
static bool
proof_counts(const struct policy_entry *entry, const struct signer_question *q,
    const struct proof *proof, struct reason *r)
{
	AUTO(str) char *missing = NULL;
	AUTO(str) char *other_name = NULL;

	if (!kind_counts(q, proof, r))
		return false;
	if (strcmp(proof_image_digest(proof), q->image_digest) != 0) {
		reason_offer(r, ERR_OTHER_IMAGE, "signed for another image");
		return false;
	}
	missing = annotation_missing(&entry->annotations, proof);
	if (missing != NULL)
		reason_offer(r, ERR_ANNOTATION, missing);
	other_name = signed_identity_check(&entry->identity, q->ref,
	    proof_reference(proof));
	if (other_name != NULL)
		reason_offer(r, ERR_OTHER_IMAGE, other_name);
	return missing == NULL && other_name == NULL;
}

/* What the verifier held against signatures that might have been this entry's.
 * That one is not this key's is no reason of its own: most are somebody's. */
static void
offer_rejections(const struct policy_entry *entry,
    const struct policy_findings *f, struct reason *r)
{
	for (size_t i = 0; i < f->nrejections; i++) {
		const struct policy_rejection *no = &f->rejections[i];

		if (no->code == ERR_BAD_SIGNATURE)
			continue;
		if (no->key == NULL ||
		    str_list_has(&entry->keys.fingerprints, no->key))
			reason_offer(r, no->code, no->message);
	}
}

char *
signer_find(const struct policy_entry *entry, const struct signer_question *q,
    const struct policy_findings *f, struct reason *r)
{
	AUTO(str_list) struct str_list signers = { 0 };

	for (size_t i = 0; i < f->proofs->n; i++) {
		const struct proof *p = f->proofs->items[i];

		if (str_list_has(&entry->keys.fingerprints, proof_key(p)) &&
		    proof_counts(entry, q, p, r))
			str_list_own(&signers,
			    str_printf("signed by %s (%s)", proof_key(p),
				proof_source(p)));
	}
	if (signers.n == 0) {
		offer_rejections(entry, f, r);
		return NULL;
	}
	str_list_sort(&signers);
	return mem_strdup(signers.items[0]);
}

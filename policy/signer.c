/* Has one entry's signer signed? */
#include "policy/signer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/glob.h"
#include "policy/sentence.h"
#include "policy/signed_identity.h"

/* A longer annotation is shown by its beginning. */
#define ANNOTATION_SHOWN 64
#define IDENTITY_SHOWN   160

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

/* What holds of a text, in a sentence. */
static const char *
how_word(enum policy_how how)
{
	switch (how) {
	case POLICY_EXACTLY:
		return "";
	case POLICY_WILDCARD:
		return "like ";
	case POLICY_REGEXP:
	case POLICY_REGEXP_PART:
		return "matching ";
	}
	abort();
}

/* NULL if it is the right one, else a sentence.  got may be NULL. */
static char *
party_differs(const char *what, const struct policy_text *want, const char *got)
{
	if (got != NULL && policy_text_holds(want, got))
		return NULL;
	return str_printf("certificate identity does not match: %s is "
			  "%s%.*s%s, policy wants %s\"%.*s\"",
	    what, got == NULL ? "not named" : "\"",
	    got == NULL ? 0 : sentence_fit(got, IDENTITY_SHOWN),
	    got == NULL ? "" : got, got == NULL ? "" : "\"",
	    how_word(want->how), sentence_fit(want->text, IDENTITY_SHOWN),
	    want->text);
}

/* Every issuer must hold, and one subject. */
static char *
identity_differs(const struct policy_identity *id, const struct proof *proof)
{
	char *why = NULL;

	for (size_t i = 0; i < id->issuers.n; i++) {
		why = party_differs("issuer", &id->issuers.items[i],
		    proof_issuer(proof));
		if (why != NULL)
			return why;
	}
	for (size_t i = 0; i < id->subjects.n; i++) {
		free(why);
		why = party_differs("subject", &id->subjects.items[i],
		    proof_subject(proof));
		if (why == NULL)
			return NULL;
	}
	return why;
}

static char *
extension_differs(const struct policy_keyless *k, const struct proof *proof)
{
	for (size_t i = 0; i < k->extensions.n; i++) {
		const char *name = k->extensions.items[i].key;
		const char *want = k->extensions.items[i].value;
		const char *got = proof_extension(proof, name);

		if (got == NULL)
			return str_printf("certificate extension does not "
					  "match: %s is missing",
			    name);
		if (k->wild_extensions ? !wildcard_match(want, got)
				       : strcmp(want, got) != 0)
			return str_printf(
			    "certificate extension does not match: %s is "
			    "\"%.*s\", policy wants \"%.*s\"",
			    name, sentence_fit(got, IDENTITY_SHOWN), got,
			    sentence_fit(want, IDENTITY_SHOWN), want);
	}
	return NULL;
}

/* Is it somebody whom the entry means?  If not, why is in *r. */
static bool
identity_counts(const struct policy_entry *entry, const struct proof *proof,
    struct reason *r)
{
	const struct policy_keyless *k = &entry->keyless;
	AUTO(str) char *first = NULL;
	AUTO(str) char *extension = NULL;
	bool found = k->n == 0;

	if (entry->kind != POLICY_ENTRY_KEYLESS)
		return true;
	for (size_t i = 0; !found && i < k->n; i++) {
		char *why = identity_differs(&k->items[i], proof);

		found = why == NULL;
		if (first == NULL)
			first = why;
		else
			free(why);
	}
	if (!found) {
		reason_offer(r, ERR_IDENTITY, first);
		return false;
	}
	extension = extension_differs(k, proof);
	if (extension != NULL)
		reason_offer(r, ERR_IDENTITY, extension);
	return extension == NULL;
}

/* Does a proof of one of the entry's demands count?  If not, why is in *r. */
static bool
proof_counts(const struct policy_entry *entry, const struct signer_question *q,
    const struct proof *proof, struct reason *r)
{
	AUTO(str) char *missing = NULL;
	AUTO(str) char *other_name = NULL;

	if (!kind_counts(q, proof, r) || !identity_counts(entry, proof, r))
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
		if (no->demand == NULL ||
		    str_list_has(&entry->demands, no->demand))
			reason_offer(r, no->code, no->message);
	}
}

/* Who it was, as people know it. */
static char *
describe_signer(const struct proof *p)
{
	if (proof_subject(p) == NULL)
		return str_printf("signed by %s (%s)", proof_key(p),
		    proof_source(p));
	return str_printf("signed by %s, issuer %s (%s)", proof_subject(p),
	    proof_issuer(p) == NULL ? "not named" : proof_issuer(p),
	    proof_source(p));
}

char *
signer_find(const struct policy_entry *entry, const struct signer_question *q,
    const struct policy_findings *f, struct reason *r)
{
	AUTO(str_list) struct str_list signers = { 0 };

	for (size_t i = 0; i < f->proofs->n; i++) {
		const struct proof *p = f->proofs->items[i];

		if (str_list_has(&entry->demands, proof_demand(p)) &&
		    proof_counts(entry, q, p, r))
			str_list_own(&signers, describe_signer(p));
	}
	if (signers.n == 0) {
		offer_rejections(entry, f, r);
		return NULL;
	}
	str_list_sort(&signers);
	return mem_strdup(signers.items[0]);
}

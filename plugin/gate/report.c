/* The long form of an answer. */
#include "gate/report.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policy/describe.h"
#include "trust/window.h"

static void
set_cause(struct json *object, enum err_code code, const char *message)
{
	json_set_text(object, "cause",
	    code == ERR_NONE ? NULL : err_name(code));
	json_set_text(object, "message", message);
}

static struct json *attestor_report(const struct policy_attestor_result *r);

static void
set_state(struct json *j, enum policy_state state)
{
	json_set(j, "holds", json_new_bool(state == POLICY_HOLDS));
}

static struct json *
entry_report(const struct policy_entry_result *r)
{
	struct json *j = describe_entry(r->entry);

	set_state(j, r->state);
	if (r->nested != NULL)
		json_set(j, "attestor", attestor_report(r->nested));
	else
		set_cause(j, r->code, r->message);
	return j;
}

static struct json *
attestor_report(const struct policy_attestor_result *r)
{
	struct json *j = describe_attestor(r->attestor);
	struct json *entries = json_new_array();

	for (size_t i = 0; i < r->nentries; i++)
		json_add(entries, entry_report(&r->entries[i]));
	set_state(j, r->state);
	json_set(j, "entries", entries);
	return j;
}

static struct json *
attestors_report(const struct policy_attestors_result *r)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < r->n; i++)
		json_add(j, attestor_report(&r->items[i]));
	return j;
}

static struct json *
attestations_report(const struct policy_result *r)
{
	struct json *j = json_new_array();

	for (size_t i = 0; i < r->nattestations; i++) {
		const struct policy_attestation_result *a = &r->attestations[i];
		struct json *one = json_new_object();

		json_set_text(one, "type", a->attestation->type);
		set_state(one, a->state);
		json_set(one, "attestors", attestors_report(&a->attestors));
		json_add(j, one);
	}
	return j;
}

static const char *
outcome_word(enum err_code code)
{
	if (code == ERR_NONE)
		return "allowed";
	return err_kind_of(code) == ERR_UNSURE ? "undecided" : "refused";
}

static struct json *
policy_report(const struct outcome *o)
{
	struct json *j = json_new_object();

	json_set_text(j, "name", o->policy->name);
	json_set_text(j, "action", policy_action_name(o->action));
	json_set_text(j, "failurePolicy",
	    o->policy->failure == POLICY_IGNORE ? "Ignore" : "Fail");
	json_set_text(j, "verdict", outcome_word(o->code));
	set_cause(j, o->code, o->message);
	json_set(j, "attestors", attestors_report(&o->result.attestors));
	json_set(j, "attestations", attestations_report(&o->result));
	return j;
}

static const struct proof *
proof_of(const struct finding *f, const struct evidence_item *item)
{
	for (size_t i = 0; i < f->proofs.n; i++)
		if (f->proved[i] == item)
			return f->proofs.items[i];
	return NULL;
}

/* The last thing tried says most: an item that was good for a key and spoke of
 * something else ends there. */
static const struct policy_rejection *
rejection_of(const struct finding *f, const struct evidence_item *item)
{
	for (size_t i = f->nrejections; i > 0; i--)
		if (f->rejections[i - 1].source == item->source)
			return &f->rejections[i - 1];
	return NULL;
}

/* Who signed what, when, and by whose word. */
static void
proof_report(struct json *j, const struct proof *p)
{
	char time[WHEN_TEXT_MAX];

	json_set_text(j, "format", proof_format(p));
	json_set_text(j, "kind",
	    proof_kind(p) == PROOF_SIGNATURE ? "signature" : "attestation");
	json_set_text(j, "predicateType", proof_predicate_type(p));
	json_set_text(j, "key", proof_key(p));
	json_set_text(j, "certificate", proof_certificate(p));
	json_set_text(j, "subject", proof_subject(p));
	json_set_text(j, "issuer", proof_issuer(p));
	json_set(j, "extensions", describe_pairs(proof_extensions(p)));
	json_set(j, "annotations", describe_pairs(proof_annotations(p)));
	if (proof_time(p) != 0)
		when_text(proof_time(p), time);
	json_set_text(j, "time", proof_time(p) == 0 ? NULL : time);
	json_set(j, "logged", json_new_bool(proof_is_logged(p)));
	json_set_text(j, "log", proof_log(p));
	json_set(j, "timestamped", json_new_bool(proof_is_stamped(p)));
}

static struct json *
signature_report(const struct finding *f, const struct evidence_item *item)
{
	struct json *j = json_new_object();
	const struct proof *p = proof_of(f, item);
	const struct policy_rejection *r = rejection_of(f, item);

	json_set_text(j, "source", item->source);
	json_set_text(j, "mediaType", item->media_type);
	json_set_text(j, "digest", item->blob_digest);
	json_set(j, "verified", json_new_bool(p != NULL));
	if (p != NULL) {
		proof_report(j, p);
	} else if (r != NULL) {
		set_cause(j, r->code, r->message);
	}
	return j;
}

static struct json *
signatures_report(const struct fetched *fetched,
    const struct findings *findings)
{
	struct json *array = json_new_array();

	for (size_t i = 0; fetched != NULL && i < fetched->nplaces; i++) {
		const struct evidence *ev = fetched->places[i].evidence;

		for (size_t k = 0; ev != NULL && k < ev->n; k++)
			json_add(array, signature_report(&findings->items[i],
					    &ev->items[k]));
	}
	return array;
}

struct json *
report_proof(const struct proof *p)
{
	struct json *j = json_new_object();

	proof_report(j, p);
	return j;
}

struct json *
report_make(const struct gate_ticket *t, const struct fetched *fetched,
    const struct findings *findings)
{
	const struct gate_answer *a = &t->answer;
	struct json *j = json_new_object(), *policies = json_new_array();

	for (size_t i = 0; i < t->matches.n; i++)
		json_add(policies, policy_report(&t->outcomes[i]));
	json_set_text(j, "image", a->image);
	json_set_text(j, "digest", a->target.digest);
	json_set_text(j, "namespace", t->namespace_);
	json_set_text(j, "verdict",
	    a->verdict == VERDICT_ALLOW ? "allowed" : "refused");
	set_cause(j, a->code, a->message);
	json_set(j, "policies", policies);
	json_set(j, "signatures", signatures_report(fetched, findings));
	json_set_integer(j, "elapsedMs",
	    (clock_mono_us() - t->asked_us) / 1000);
	return j;
}

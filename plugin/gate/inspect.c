/* What a registry holds for an image. */
#include "gate/inspect.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gate/material.h"
#include "gate/report.h"
#include "http/http.h"
#include "signature/signature.h"
#include "signature/verify.h"
#include "trust/identity.h"

#define TIMEOUT_MS  30000
#define DEMANDS_MAX 3

/* What each signature is asked, until one is met. */
struct demands_to_try {
	struct demand *items[DEMANDS_MAX];
	size_t n;
};

static void
demands_to_try_clear(struct demands_to_try *d)
{
	for (size_t i = 0; i < d->n; i++)
		demand_free(d->items[i]);
	*d = (struct demands_to_try){ 0 };
}
DEFINE_AUTO_INPLACE(demands_to_try, struct demands_to_try,
    demands_to_try_clear);

/* A key with its log is more than the key alone. */
static int
make_demands(const struct inspect_question *q, struct demands_to_try *ret,
    struct err *e)
{
	AUTO(trust_root) struct trust_root *root = NULL;
	AUTO(key) struct key *key = NULL;

	if (material_root(q->trusted_root, &root, e) < 0 ||
	    (q->key != NULL && material_key(q->key, &key, e) < 0))
		return -1;
	for (int logged = 1; key != NULL && logged >= 0; logged--)
		ret->items[ret->n++] =
		    demand_new(&(struct demand){ .kind = DEMAND_KEY,
				   .key = key_ref(key),
				   .root = trust_root_ref(root),
				   .tlog = logged == 1 },
			"");
	ret->items[ret->n++] =
	    demand_new(&(struct demand){ .kind = DEMAND_KEYLESS,
			   .root = trust_root_ref(root),
			   .tlog = true,
			   .sct = true },
		"");
	return 0;
}

/* Nobody vouches for these. */
static struct json *
claims_of(const struct sealed *s)
{
	struct json *j = json_new_object();
	AUTO(identity) struct identity id = { 0 };
	struct err ignored;

	if (s->certificate != NULL &&
	    identity_read(s->certificate, &id, &ignored) == 0) {
		json_set_text(j, "subject", id.subject);
		json_set_text(j, "issuer", id.issuer);
	}
	json_set(j, "certificate", json_new_bool(s->certificate != NULL));
	json_set_integer(j, "logEntries", (int64_t)s->nentries);
	json_set_integer(j, "timestamps", (int64_t)s->ntimestamps);
	return j;
}

/* Keys are asked of what has no certificate, identities of what has one. */
static bool
applies(const struct demand *d, const struct sealed *s)
{
	return (d->kind == DEMAND_KEYLESS) == (s->certificate != NULL);
}

static void
try_demands(const struct sealed *s, const struct demands_to_try *demands,
    const struct subject *about, struct json *j)
{
	AUTO(proof) struct proof *proof = NULL;
	struct err e = { 0 };

	(void)err_set(&e, ERR_BAD_SIGNATURE,
	    "signed with a key: name it with --key");
	for (size_t i = 0; proof == NULL && i < demands->n; i++)
		if (applies(demands->items[i], s) &&
		    sealed_verify(s, demands->items[i], about, &proof, &e) < 0)
			proof = NULL;
	json_set(j, "verified", json_new_bool(proof != NULL));
	if (proof != NULL) {
		AUTO(json) struct json *more = report_proof(proof);

		json_merge(j, more);
		return;
	}
	json_set_text(j, "cause", err_name(e.code));
	json_set_text(j, "message", e.msg);
}

static struct json *
item_report(const struct evidence_item *item,
    const struct demands_to_try *demands, const char *digest)
{
	struct json *j = json_new_object();
	AUTO(sealed) struct sealed sealed = { 0 };
	struct subject about = { .digest = digest,
		.source = item->source,
		.now = clock_now() };
	struct err e = { 0 };

	json_set_text(j, "source", item->source);
	json_set_text(j, "mediaType", item->media_type);
	json_set_text(j, "digest", item->blob_digest);
	if (item->skipped != NULL)
		(void)err_set(&e, ERR_LIMIT, "%s", item->skipped);
	if (item->skipped == NULL && signature_open(item, &sealed, &e) == 0) {
		try_demands(&sealed, demands, &about, j);
		json_set(j, "claims", claims_of(&sealed));
		return j;
	}
	json_set(j, "verified", json_new_bool(false));
	json_set_text(j, "cause", err_name(e.code));
	json_set_text(j, "message", e.msg);
	return j;
}

static struct json *
image_report(const struct reference *ref, const struct descriptor *target,
    const struct evidence *ev, const struct demands_to_try *demands)
{
	struct json *j = json_new_object(), *list = json_new_array();

	for (size_t i = 0; i < ev->n; i++)
		json_add(list,
		    item_report(&ev->items[i], demands, target->digest));
	json_set_text(j, "image", ref->text);
	json_set_text(j, "digest", target->digest);
	json_set_text(j, "mediaType", target->media_type);
	json_set_integer(j, "size", (int64_t)target->size);
	json_set(j, "signatures", list);
	return j;
}

int
inspect_image(const struct inspect_question *q, struct registry *registry,
    struct json **ret, struct err *e)
{
	AUTO(demands_to_try) struct demands_to_try demands = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	AUTO(descriptor) struct descriptor target = { 0 };
	AUTO(evidence) struct evidence *ev = NULL;
	AUTO(http_client) struct http_client *http = http_client_new();
	struct budget budget = budget_new(TIMEOUT_MS, NULL);
	struct registry_session session = { registry, http, NULL, &budget };
	struct registry_where where = { q->repository, true };

	if (make_demands(q, &demands, e) < 0 ||
	    reference_parse(slice_str(q->image), &ref, e) < 0 ||
	    registry_resolve(&session, ref, &target, e) < 0 ||
	    registry_signatures(&session, ref, target.digest, &where, &ev, e) <
		0)
		return -1;
	*ret = image_report(ref, &target, ev, &demands);
	return 0;
}

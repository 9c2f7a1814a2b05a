/* A question's life: copied when asked, freed when both sides let go. */
#include "gate/ticket.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gate/count.h"

struct gate_ticket *
ticket_new(struct gate *gate, const struct gate_request *request,
    gate_done *done, void *arg)
{
	struct gate_ticket *t = MEM_NEW(struct gate_ticket);

	t->gate = gate;
	t->refs = 1;
	t->asked_us = clock_mono_us();
	t->door = request->door;
	t->needs_registry = request->needs_registry;
	t->most_ms = request->most_ms;
	if (request->present != NULL) {
		t->present = true;
		t->checkpoint = request->present->checkpoint;
		t->digest = mem_strdup_null(request->present->digest);
		t->id = mem_strdup_null(request->present->id);
		if (request->present->digests != NULL)
			str_list_copy(&t->digests, request->present->digests);
	}
	t->image =
	    mem_strndup((const char *)request->image.ptr, request->image.len);
	t->image_len = request->image.len;
	t->namespace_ = mem_strdup_null(request->namespace_);
	t->pod = mem_strdup_null(request->pod);
	t->pod_uid = mem_strdup_null(request->pod_uid);
	if (request->labels != NULL)
		str_map_copy(&t->labels, request->labels);
	if (request->creds != NULL)
		credentials_copy(&t->creds, request->creds);
	t->done = done;
	t->arg = arg;
	count_under_way(1);
	return t;
}

struct gate_ticket *
ticket_ref(struct gate_ticket *t)
{
	(void)__atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
	return t;
}

static void
outcomes_free(struct gate_ticket *t)
{
	if (t->outcomes == NULL)
		return;
	for (size_t i = 0; i < t->matches.n; i++) {
		free(t->outcomes[i].message);
		policy_result_clear(&t->outcomes[i].result);
	}
	free(t->outcomes);
}

void
gate_ticket_release(struct gate_ticket *t)
{
	if (__atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	assert(t->flight == NULL);
	outcomes_free(t);
	policy_matches_clear(&t->matches);
	reference_free(t->ref);
	reference_free(t->at);
	gate_answer_clear(&t->answer);
	credentials_clear(&t->creds);
	str_map_clear(&t->labels);
	free(t->digest);
	free(t->id);
	str_list_clear(&t->digests);
	free(t->image);
	free(t->namespace_);
	free(t->pod);
	free(t->pod_uid);
	ring_unref(t->ring);
	free(t);
}

struct policy_facts
ticket_facts(const struct gate_ticket *t)
{
	return (struct policy_facts){
		.ref = t->ref,
		.written = t->image,
		.pod = { t->namespace_, t->pod, &t->labels },
	};
}

/* The reference that evidence is of. */
static const struct reference *
ticket_at(const struct gate_ticket *t)
{
	return t->at == NULL ? t->ref : t->at;
}

/* What containerd has resolved and not yet pulled is not on the node. */
struct fetch_what
ticket_what(const struct gate_ticket *t)
{
	return (struct fetch_what){ ticket_at(t),
		t->present && t->door != GATE_VERIFIER };
}

size_t
ticket_digests(const struct gate_ticket *t, const char *ret[TICKET_DIGESTS])
{
	const char *all[TICKET_DIGESTS] = { ticket_at(t)->digest, t->id,
		t->answer.target.digest, t->answer.target.sha256 };
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (all[i] != NULL)
			ret[n++] = all[i];
	return n;
}

bool
ticket_digests_known(const struct gate_ticket *t)
{
	const char *digest = t->answer.target.digest;

	if (t->present && t->digest == NULL)
		return true;
	if (digest == NULL)
		digest = ticket_at(t)->digest;
	/* By another algorithm it may be listed under its SHA-256. */
	return digest != NULL && (str_starts(digest, "sha256:") ||
				     t->answer.target.sha256 != NULL);
}

char *
ticket_policy_names(const struct gate_ticket *t)
{
	AUTO(str_list) struct str_list names = { 0 };

	for (size_t i = 0; i < t->matches.n; i++)
		str_list_add(&names, t->matches.items[i]->name);
	return str_list_join(&names, ",");
}

int64_t
ticket_timeout_ms(const struct gate_ticket *t)
{
	int64_t least = t->matches.n == 0 ? POLICY_TIMEOUT_DEFAULT_MS
					  : POLICY_TIMEOUT_MAX_MS;

	if (t->most_ms > 0 && t->most_ms < least)
		least = t->most_ms;

	for (size_t i = 0; i < t->matches.n; i++)
		if (t->matches.items[i]->timeout_ms < least)
			least = t->matches.items[i]->timeout_ms;
	return least;
}

void
ticket_finish(struct gate_ticket *t)
{
	t->answer.canceled = atomic_load(&t->canceled);
	t->answer.elapsed_us = clock_mono_us() - t->asked_us;
	count_under_way(-1);
	count_decision(t);
	t->done(t->arg, &t->answer);
	gate_ticket_release(t);
}

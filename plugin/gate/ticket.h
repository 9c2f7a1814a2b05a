#ifndef GATE_TICKET_H
#define GATE_TICKET_H

#include <pthread.h>

#include "gate/fetch.h"
#include "gate/gate.h"
#include "gate/ring.h"
#include "image/reference.h"
#include "policy/evaluate.h"
#include "policy/match.h"

/*
 * One question on its way through the gate: the request, what it turned out to
 * be about, and what each policy says of it.  Private to gate/.
 */

/* What one policy that covers the pull makes of it. */
struct outcome {
	const struct policy *policy;
	enum policy_action action;   /* for this pod */
	bool decided;                /* nothing more has to be found out */
	enum err_code code;          /* ERR_NONE: it holds */
	char *message;               /* why it does not; NULL if it holds */
	struct policy_result result; /* of the attestors, once evaluated */
};

struct gate_ticket {
	struct gate *gate;
	struct ring *ring;
	uint64_t generation; /* of the ring */
	int refs;            /* by ticket_ref and gate_ticket_release only */
	int64_t asked_us;
	atomic_bool canceled;
	enum gate_unmatched unmatched;
	bool checkpoints; /* are as good as other images */

	/* The request, copied. */
	enum gate_door door;
	bool needs_registry;
	int64_t most_ms;
	bool present, checkpoint;
	char *digest, *id;       /* of what is present, may be NULL */
	struct str_list digests; /* and what else it is known by */
	char *image;
	size_t image_len;
	char *namespace_, *pod, *pod_uid;
	struct str_map labels;
	struct credentials creds;

	/* What it is about. */
	struct reference *ref; /* what policies are asked about */
	struct reference *at;  /* name@digest of what is present; or NULL */
	struct policy_matches matches;
	struct outcome *outcomes; /* one for each match */
	struct flight *flight;    /* under the flights' lock */

	gate_done *done;
	void *arg;
	struct gate_answer answer;

	struct gate_ticket *next; /* in the queue or in a flight */
};

struct gate_ticket *ticket_new(struct gate *gate,
    const struct gate_request *request, gate_done *done, void *arg)
    __attribute__((returns_nonnull));

struct gate_ticket *ticket_ref(struct gate_ticket *t);

struct policy_facts ticket_facts(const struct gate_ticket *t);

struct fetch_what ticket_what(const struct gate_ticket *t);

/* The digests that the question is about, as far as they are known: at most
 * TICKET_DIGESTS. */
#define TICKET_DIGESTS 4
size_t ticket_digests(const struct gate_ticket *t,
    const char *ret[TICKET_DIGESTS]);

/* Are all known that it will ever be known by? */
bool ticket_digests_known(const struct gate_ticket *t);

/* "a,b": the policies that cover the pull; the caller frees it. */
char *ticket_policy_names(const struct gate_ticket *t)
    __attribute__((returns_nonnull));

/* The shortest timeout of the policies that cover the pull. */
int64_t ticket_timeout_ms(const struct gate_ticket *t);

/* Hand the answer over to who asked; the gate's reference goes with it. */
void ticket_finish(struct gate_ticket *t);

#endif

#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/slice.h"
#include "base/str.h"
#include "gate/ring.h"
#include "gate/store.h"
#include "policy/model.h"
#include "registry/credentials.h"
#include "registry/registry.h"

/*
 * The gate: may this image be pulled for this pod, or, where it is on the node
 * already, be run?  Takes a plain request and gives a plain answer; knows no
 * gRPC and prints nothing.
 */
struct gate;

/* For pulls that no policy covers. */
enum gate_unmatched {
	GATE_UNMATCHED_DENY,
	GATE_UNMATCHED_WARN,
	GATE_UNMATCHED_ALLOW
};

struct gate_settings {
	enum gate_unmatched unmatched;
	int64_t negative_ttl_ms; /* how long a refusal is remembered */
	unsigned workers;    /* threads for gate_submit, started as needed */
	bool report;         /* fill gate_answer.report */
	bool record;         /* fill gate_answer.recording */
	struct store *store; /* evidence that is kept; borrowed, may be NULL */
	bool checkpoints;    /* images that hold one are as good as others */
};

#define GATE_WORKERS_DEFAULT     16
#define GATE_NEGATIVE_TTL_MAX_MS 10000

/* registry is borrowed and outlives the gate; ring is referenced. */
struct gate *gate_new(const struct gate_settings *settings,
    struct registry *registry, struct ring *ring)
    __attribute__((returns_nonnull));

/* Ends the workers; answers what is still asked with ERR_CANCELED. */
void gate_free(struct gate *g);
DEFINE_AUTO(gate, struct gate *, gate_free);

/* Put another set in force; pulls under way end under the old one. */
void gate_set_ring(struct gate *g, struct ring *ring);

/*
 * Registries under this name do not exist (RFC 2606), and are refused whatever
 * the configuration says: who asks for GATE_CANARY and hears the refusal knows
 * that the gate is there.
 */
#define GATE_NOWHERE ".invalid"
#define GATE_CANARY  "canary.pullgate.invalid/unsigned:1"

/* Where an image is asked for: before a pull, a container, a status; and by
 * containerd's image verifier, which has resolved the tag itself. */
enum gate_door { GATE_PULL, GATE_CREATE, GATE_STATUS, GATE_VERIFIER };

/*
 * An image that the runtime has.  A policy holds for it if it holds for this
 * digest in the repository that the request names; where there is none (it was
 * imported, or built on the node) no signature can be looked for.  What is
 * denied by any of its digests is denied.
 */
struct gate_present {
	const char *digest; /* of its manifest or index; may be NULL */
	const char *id;     /* "sha256:…", of its config */
	const struct str_list
	    *digests;    /* all that it is known by; may be NULL */
	bool checkpoint; /* it holds one */
};

/* A question.  Everything is copied by who keeps it. */
struct gate_request {
	enum gate_door door;
	struct slice image;                 /* as the client wrote it */
	const struct gate_present *present; /* NULL: it would be pulled */
	int64_t most_ms; /* no longer than this, whatever policies say; 0: as
			    long as they say */
	bool needs_registry;    /* a name without one is refused: the runtime
				might look in several */
	const char *namespace_; /* all three NULL: the pull names no pod */
	const char *pod;
	const char *pod_uid;
	const struct str_map *labels;    /* may be NULL */
	const struct credentials *creds; /* may be NULL */
};

/* How an answer came about; the name stands in the log ("miss", …). */
enum gate_cache {
	GATE_CACHE_NONE,
	GATE_CACHE_MISS,
	GATE_CACHE_SHARED,
	GATE_CACHE_EVIDENCE,
	GATE_CACHE_HIT
};

struct gate_answer {
	enum verdict verdict;
	/* Refused: the whole text of the error contract, prefix included.
	 * Allowed although a policy did not hold (warn, audit, Ignore,
	 * unmatched): what was overlooked.  Else NULL. */
	char *message;
	enum err_code code; /* ERR_NONE, or the cause in `message` */
	bool canceled;      /* who asked is gone; there is no verdict */

	char *image; /* normalised; the text as written if it is no reference */
	char *
	    pinned; /* allowed and resolved: "name@digest" to pull; else NULL */
	char *tag;  /* "name:tag" that is to name the digest afterwards; NULL
			 where the reference had a digest of its own */
	struct descriptor
	    target; /* what `pinned` names; digest NULL if unresolved */
	char *
	    policies; /* names of the policies that cover it, "a,b"; "" if none */
	char *exemption; /* its name, if one turned a refusal into an allowed */
	char *reason;    /* and what it says */
	enum gate_cache cache;
	int64_t elapsed_us;
	struct json *recording; /* what was fetched (gate/recording.h); NULL if
				   nothing had to be */
	struct json *report;    /* all of it, for people and -o json; see
				`pullgate verify` in the README */
};

void gate_answer_clear(struct gate_answer *a);
DEFINE_AUTO_INPLACE(gate_answer, struct gate_answer, gate_answer_clear);

/* "miss", "shared", "evidence", "hit", "none". */
const char *gate_cache_name(enum gate_cache cache);

/* Ask and wait, on this thread and without workers. */
void gate_check(struct gate *g, const struct gate_request *request,
    struct gate_answer *ret);

/* The same, of evidence that was recorded instead of the registry's.  -1 if it
 * is no recording. */
int gate_replay(struct gate *g, const struct gate_request *request,
    const struct json *recording, struct gate_answer *ret,
    struct err *e) MUST_CHECK;

/*
 * Ask and go on: `done` is called once, on a worker thread, and takes over what
 * it moves out of *answer.  Pulls of the same reference with the same
 * credentials share one verification while it is under way.
 */
struct gate_ticket;
typedef void gate_done(void *arg, struct gate_answer *answer);

struct gate_ticket *gate_submit(struct gate *g,
    const struct gate_request *request, gate_done *done, void *arg)
    __attribute__((returns_nonnull));

/* Refuse it without asking any policy; counted as every answer is. */
void gate_refuse(struct gate *g, const struct gate_request *request,
    const struct err *why, struct gate_answer *ret);

/* Who asked is gone: done is still called, at once or soon, as canceled. */
void gate_cancel(struct gate_ticket *t);

/* Give the ticket back; needed once, before or after done. */
void gate_ticket_release(struct gate_ticket *t);

/* "allowed", "overlooked" (admitted although a policy did not hold), "exempted"
 * (admitted by an Exemption alone), "refused", "canceled". */
const char *gate_verdict_word(const struct gate_answer *a);

/* "pull", "create", "status", "image-verifier". */
const char *gate_door_name(enum gate_door door);

/* One structured line's worth about a decision: gate, image, digest, namespace,
 * pod, podUid, policy, verdict, exemption, cause, milliseconds, cache. */
struct json *gate_record(const struct gate_request *request,
    const struct gate_answer *answer) __attribute__((returns_nonnull));

#endif

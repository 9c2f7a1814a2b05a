#ifndef CRI_SERVER_H
#define CRI_SERVER_H

#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "cri/facts.h"
#include "gate/gate.h"

/*
 * The proxy: accepts connections on a Unix socket, relays every call to the
 * runtime and asks the gate before a PullImage and a CreateContainer.
 */
struct cri_server;

/* What clients may hold at once. */
struct cri_limits {
	unsigned calls;       /* more are answered RESOURCE_EXHAUSTED */
	unsigned connections; /* more wait to be accepted */
	int64_t handshake_ms; /* a client that says nothing is closed */
};

struct cri_settings {
	const char *runtime; /* "unix:///run/containerd/containerd.sock" */
	struct gate *gate;   /* borrowed, outlives the server */

	/* Told every decision (gate_record()); takes the record over.  Called
	 * on gate threads.  May be NULL. */
	void (*record)(void *arg, struct json *record, enum verdict verdict);
	void *record_arg;

	struct cri_limits limits;

	bool gate_pull;       /* ask before a PullImage */
	bool gate_create;     /* and before a CreateContainer */
	bool hide_unverified; /* ImageStatus shows what policies would admit */
	bool checkpoints;     /* containers may be restored of them */
	enum facts_unqualified unqualified;
	const char *tags_file; /* of tags that the runtime cannot be told
				  (cri/tag_map.h); NULL: in memory alone */
};

/* Where the kubelet connects. */
struct cri_listen {
	int fd;              /* a socket that listens already, taken over; below
	                      * 0: bind */
	const char *address; /* "unix:///run/pullgate/cri.sock" or a path */
	uid_t uid;           /* of the file; (uid_t)-1: as it comes */
	gid_t gid;
};

/* Call first in the process that serves, before any thread and with signals
 * blocked (threads inherit the mask). */
void cri_init(void);

/* Threads are running when it returns; no connection is accepted before
 * cri_server_listen. */
int cri_server_start(const struct cri_settings *settings,
    struct cri_server **ret, struct err *e) MUST_CHECK;

/* Accept connections.  A file that is bound gets mode 0660; a stale one is
 * replaced, one that somebody answers on is not (ERR_CONFIG). */
int cri_server_listen(struct cri_server *s, const struct cri_listen *where,
    struct err *e) MUST_CHECK;

/* Milliseconds since the relay's thread last showed that it works; it does so
 * each CRI_BEAT_MS.  Any thread. */
#define CRI_BEAT_MS 1000
int64_t cri_server_silence_ms(const struct cri_server *s);

/* NULL while the runtime is connected, else why it is not (a literal).  Any
 * thread. */
const char *cri_server_runtime_problem(const struct cri_server *s);

/* What the runtime is by its own account, and what to know of that
 * (cri/facts.h).  Any thread. */
struct json *cri_server_facts(struct cri_server *s)
    __attribute__((returns_nonnull));

/* Stop accepting, let calls finish for at most grace_ms, then cancel what is
 * left. */
void cri_server_drain(struct cri_server *s, long grace_ms);

/* After that: end the threads and free. */
void cri_server_free(struct cri_server *s);

#endif

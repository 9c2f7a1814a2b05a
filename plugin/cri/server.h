#ifndef CRI_SERVER_H
#define CRI_SERVER_H

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "gate/gate.h"

/*
 * The proxy: accepts connections on a Unix socket, relays every call to the
 * runtime and asks the gate before a PullImage.
 */
struct cri_server;

struct cri_settings {
	const char *runtime; /* "unix:///run/containerd/containerd.sock" */
	struct gate *gate;   /* borrowed, outlives the server */

	/* Told every decision (gate_record()); takes the record over.  Called
	 * on gate threads.  May be NULL. */
	void (*record)(void *arg, struct json *record, enum verdict verdict);
	void *record_arg;
};

/* Call first in the process that serves, before any thread and with signals
 * blocked (threads inherit the mask). */
void cri_init(void);

/* Threads are running when it returns; no connection is accepted before
 * cri_server_listen. */
int cri_server_start(const struct cri_settings *settings,
    struct cri_server **ret, struct err *e) MUST_CHECK;

/* Bind a Unix socket: "unix:///run/pullgate/cri.sock" or a plain path, mode
 * 0660.  A stale socket file is replaced; one that somebody answers on is not
 * (ERR_CONFIG). */
int cri_server_listen(struct cri_server *s, const char *address,
    struct err *e) MUST_CHECK;

/* Stop accepting, let calls finish for at most grace_ms, then cancel what is
 * left, end the threads and free. */
void cri_server_stop(struct cri_server *s, long grace_ms);

#endif

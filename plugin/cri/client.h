#ifndef CRI_CLIENT_H
#define CRI_CLIENT_H

#include "base/auto.h"
#include "base/err.h"

/*
 * A CRI client that waits for its answers: for probes, by processes that are no
 * relay.  It begins and ends gRPC by itself.
 */
struct cri_client;

/* For one answer. */
#define CRI_CLIENT_WAIT_MS 10000

/* Of google.rpc.Code. */
#define CRI_CODE_OK      0
#define CRI_CODE_UNKNOWN 2

/* What the other side said.  The text is of the status, fit for a line. */
struct cri_outcome {
	int code;
	char *text;
};

void cri_outcome_clear(struct cri_outcome *o);
DEFINE_AUTO_INPLACE(cri_outcome, struct cri_outcome, cri_outcome_clear);

/* address: "unix:///run/pullgate/cri.sock" or a path.  ERR_NOT_FOUND, with the
 * reason, if nobody accepts connections there; ERR_CONFIG if it is no address. */
int cri_client_open(const char *address, struct cri_client **ret,
    struct err *e) MUST_CHECK;
void cri_client_close(struct cri_client *c);
DEFINE_AUTO(cri_client, struct cri_client *, cri_client_close);

/* What the runtime is, new strings, either of which may be NULL.  ERR_SYSTEM if
 * it gives no answer or another. */
int cri_client_version(struct cri_client *c, char **name, char **version,
    struct err *e) MUST_CHECK;

/* Ask for a pull, as crictl would, and hear what comes of it. */
void cri_client_pull(struct cri_client *c, const char *image,
    struct cri_outcome *ret);

#endif

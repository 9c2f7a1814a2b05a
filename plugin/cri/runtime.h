#ifndef CRI_RUNTIME_H
#define CRI_RUNTIME_H

#include <grpc/grpc.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/slice.h"
#include "cri/loop.h"

/* The way to the container runtime: one channel, reconnecting by itself. */
struct runtime {
	grpc_channel *channel;
	struct loop *loop;
	char *address;
};

/* address: "unix:///run/containerd/containerd.sock" or a path. */
int runtime_open(struct runtime *r, const char *address, struct loop *loop,
    struct err *e) MUST_CHECK;
void runtime_close(struct runtime *r);

/* The arguments that server and channel share. */
#define RUNTIME_ARGS_MAX 16
grpc_arg runtime_arg_int(const char *key, int value);
size_t runtime_common_args(grpc_arg args[RUNTIME_ARGS_MAX]);

/* The path of a Unix socket address, a new string; ERR_CONFIG for others. */
int unix_path(const char *address, char **ret, struct err *e) MUST_CHECK;

/*
 * One call of our own to the runtime.  done is called on the loop's thread with
 * the status, and the response's bytes where it is OK (borrowed).
 */
typedef void runtime_done(void *arg, grpc_status_code status,
    struct slice response);

/* request is copied.  metadata (one pair, may be NULL) is a literal. */
struct runtime_request {
	const char *method;
	const char *header, *value;
	struct slice body;
	int64_t timeout_ms;
};

void runtime_call(struct runtime *r, const struct runtime_request *request,
    runtime_done *done, void *arg);

#endif

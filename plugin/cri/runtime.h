#ifndef CRI_RUNTIME_H
#define CRI_RUNTIME_H

#include <grpc/grpc.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "cri/loop.h"

/*
 * The way to the container runtime: one channel that connects by itself, now
 * and whenever the runtime comes back.  All but runtime_is_ready() and
 * runtime_problem() belongs to the loop's thread once that runs.
 */
struct runtime {
	grpc_channel *channel; /* NULL after runtime_disconnect() */
	struct loop *loop;
	char *path;
	struct tag state_tag;
	grpc_connectivity_state state;
	atomic_bool ready;

	/* Called each time it has connected; set before the loop runs. */
	void (*connected)(void *arg);
	void *connected_arg;
};

/* address: "unix:///run/containerd/containerd.sock" or a path.  It does not
 * wait for the runtime, which need not be there. */
int runtime_open(struct runtime *r, const char *address, struct loop *loop,
    struct err *e) MUST_CHECK;

/* Connected.  Any thread. */
bool runtime_is_ready(const struct runtime *r);

/* Why it is not connected, by trying: "No such file or directory".  A literal.
 * Any thread. */
const char *runtime_problem(const struct runtime *r);

/* The sentence for a call that the runtime could not be asked: path, cause. */
#define RUNTIME_AWAY                                                           \
	"pullgate: container runtime unix://%s is not available: %s"

/*
 * The status of a call as gRPC gave it.  If it is UNAVAILABLE because the
 * connection failed, and not the runtime's own answer, the text becomes a
 * sentence that names the runtime's socket.
 */
void runtime_explain(const struct runtime *r, grpc_status_code status,
    grpc_slice *text);

/* The end, in two steps: no call may follow the first, on the loop's thread;
 * the loop has ended before the second. */
void runtime_disconnect(struct runtime *r);
void runtime_clear(struct runtime *r);

/* The arguments that server and channel share. */
#define RUNTIME_ARGS_MAX 24
grpc_arg runtime_arg_int(const char *key, int value);
size_t runtime_common_args(grpc_arg args[RUNTIME_ARGS_MAX]);

#endif

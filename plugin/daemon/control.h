#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "base/err.h"
#include "base/json.h"

/*
 * Questions to a daemon that runs, by other processes of the same node: one a
 * connection, a JSON object in a line each way.  {"op":"status"} is answered
 * with what `pullgate node status` shows, {"op":"doors"} with the doors that the
 * daemon sees (daemon/enforcing.h), {"op":"verify",…} with a verdict.  The socket
 * is root's alone (mode 0600).
 */
#define CONTROL_QUESTION_MAX (64u << 10)
#define CONTROL_ANSWER_MAX   (4u << 20)

/* Asked at the same time; who comes then waits to be accepted. */
#define CONTROL_CLIENTS_MAX 16

struct control;

/* The answer, which is taken over.  Called on a thread of its own. */
typedef struct json *control_answer(void *arg, const struct json *question);

int control_start(const char *address, control_answer *answer, void *arg,
    struct control **ret, struct err *e) MUST_CHECK;

/* No question is under way when it returns.  Takes NULL. */
void control_stop(struct control *c);

/*
 * The other side: ask and wait, at most so long.  ERR_NOT_FOUND if no daemon
 * answers there, ERR_TIMEOUT, ERR_SYSTEM or ERR_MALFORMED if it does and then
 * fails.  The caller owns *ret.
 */
int control_ask(const char *address, const struct json *question,
    int64_t timeout_ms, struct json **ret, struct err *e) MUST_CHECK;

#endif

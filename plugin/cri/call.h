#ifndef CRI_CALL_H
#define CRI_CALL_H

#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <stdbool.h>

#include "cri/loop.h"
#include "cri/outage.h"
#include "cri/runtime.h"
#include "cri/stream.h"

/*
 * One call on its way through: `down` is the client's side, `up` the runtime's.
 * Everything is bytes.  One message is in flight each way and one is read
 * ahead, so that the end of a stream travels with its last message; a reader
 * that stalls stalls its writer.
 *
 * A call whose method is in intercept.c is held: its message is read and given
 * to the interceptor, which lets it go on, changed or not, or answers it.
 */
struct relay;
struct intercept;

struct call {
	struct relay *relay;
	struct work work;
	int refs; /* batches under way, and whoever else holds on */

	grpc_call *down;
	grpc_call_details details;
	grpc_metadata_array request_headers;
	struct tag new_tag, close_tag;
	int canceled;      /* filled by the close batch */
	bool closed;       /* the client's side is over */
	bool headers_sent; /* down */
	bool status_sent;

	grpc_call *up; /* NULL while held, or if the runtime is never asked */
	struct tag headers_tag, status_tag;
	bool request_sent; /* headers, up */
	bool end_sent;
	bool
	    sent_with_status; /* one batch sends all and waits for the status */
	bool have_headers;    /* from the runtime, or nothing to wait for */
	bool have_status;
	grpc_metadata_array headers, trailers;
	grpc_status_code status;
	grpc_slice status_text;

	bool waits; /* the runtime was away when it came */
	struct call *next_waiting;
	int64_t waits_since_ms;

	struct stream to_up, to_down;

	/* For the numbers. */
	int64_t began_ns, relay_ns, status_ns;
	bool is_stream; /* the answer begins before its status is there */

	const struct intercept *intercept; /* NULL: it just passes */
	void *intercept_state;
	bool asked;       /* the interceptor has the request */
	bool held;        /* and has not let it go up yet */
	bool answer_seen; /* the interceptor has the answer */
	bool answer_held; /* and has not let it go down yet */
};

/* Messages of this size leave so much free memory behind that it is given back.
 */
#define TRIM_BYTES (1u << 20)

struct facts;
struct seen;
struct tag_map;

/* What all calls share. */
struct relay {
	struct facts *facts;
	struct seen *seen;
	struct tag_map *tags;
	struct loop *loop;
	struct runtime *runtime;
	struct outage outage;
	grpc_server *server;
	const struct cri_settings *settings;
	size_t live;                   /* calls under way */
	bool was_large;                /* a message of TRIM_BYTES has passed */
	void (*idle)(struct relay *r); /* the last of them has ended */
	void *owner;
};

/* Ask for the next incoming call. */
void call_expect(struct relay *relay);

void call_ref(struct call *c);
void call_unref(struct call *c);
void call_mark(struct call *c);

/* For interceptors, on the loop's thread. */

/* Let it go on with this message (taken over) instead of the one it held. */
void call_release(struct call *c, grpc_byte_buffer *message);

/* Answer it ourselves; the runtime never hears of it.  text is copied. */
void call_answer(struct call *c, grpc_status_code status, const char *text);

/* The same, in the words of the gate's error contract: code UNKNOWN, with which
 * alone the kubelet looks at the text.  NULL: there is no verdict. */
void call_refuse(struct call *c, const char *message);

/* The message of the answer that is held; the caller unrefs it. */
grpc_slice call_answer_message(struct call *c);

/* Say this (taken over) instead of it. */
void call_replace_answer(struct call *c, grpc_byte_buffer *message);

/* What is left of the call's time, and no more than most_ms. */
int64_t call_time_left_ms(const struct call *c, int64_t most_ms);

/* Let the runtime's answer go down that `answer_held` kept. */
void call_release_answer(struct call *c);

#endif

/* Asked from outside, answered by the gate that runs. */
#include "daemon/verify.h"

#include <pthread.h>
#include <string.h>

#include "image/digest.h"

/* Who asks (cli/image_verifier.c) waits a little longer than that. */
#define DECIDE_MS 8000

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool done;
	struct gate_answer answer;
};

static void
decided(void *arg, struct gate_answer *answer)
{
	struct waiting *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	w->answer = *answer;
	*answer = (struct gate_answer){ 0 };
	w->done = true;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

static void
ask(struct gate *gate, const struct gate_request *request,
    struct gate_answer *ret)
{
	struct waiting w = { .done = false };

	(void)pthread_mutex_init(&w.lock, NULL);
	(void)pthread_cond_init(&w.changed, NULL);
	gate_ticket_release(gate_submit(gate, request, decided, &w));
	(void)pthread_mutex_lock(&w.lock);
	while (!w.done)
		(void)pthread_cond_wait(&w.changed, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
	(void)pthread_mutex_destroy(&w.lock);
	(void)pthread_cond_destroy(&w.changed);
	*ret = w.answer;
}

struct json *
verify_answer(struct gate *gate, struct audit *audit,
    const struct json *question)
{
	const char *image = json_get_text(question, "image");
	const char *digest = json_get_text(question, "digest");
	struct gate_present present = { .digest = digest };
	struct gate_request request = { .door = GATE_VERIFIER,
		.present = &present,
		.most_ms = DECIDE_MS };
	AUTO(gate_answer) struct gate_answer answer = { 0 };
	struct json *j = json_new_object();

	if (image == NULL || digest == NULL || !digest_is_valid(digest)) {
		json_set_text(j, "error",
		    "pullgate: a question without an image and a digest");
		return j;
	}
	request.image = slice_str(image);
	ask(gate, &request, &answer);
	audit_record(audit, gate_record(&request, &answer), answer.verdict);
	json_set_text(j, "verdict",
	    answer.verdict == VERDICT_ALLOW ? "allowed" : "refused");
	json_set_text(j, "message", answer.message);
	return j;
}

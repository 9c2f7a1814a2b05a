/* One decision as one line of a log. */
#include <stdlib.h>
#include <string.h>

#include "gate/gate.h"

#include "base/err.h"
#include "base/str.h"
#include "image/reference.h"

const char *
gate_verdict_word(const struct gate_answer *a)
{
	if (a->canceled)
		return "canceled";
	if (a->verdict != VERDICT_ALLOW)
		return "refused";
	if (a->exemption != NULL)
		return "exempted";
	return a->message == NULL ? "allowed" : "overlooked";
}

const char *
gate_door_name(enum gate_door door)
{
	switch (door) {
	case GATE_PULL:
		return "pull";
	case GATE_CREATE:
		return "create";
	case GATE_STATUS:
		return "status";
	case GATE_VERIFIER:
		return "image-verifier";
	}
	abort();
}

/* What strangers wrote, no longer than any name is. */
static void
set_cut(struct json *j, const char *key, const char *text)
{
	AUTO(str) char *cut = NULL;

	if (text != NULL && strlen(text) > REFERENCE_LEN_MAX)
		cut = str_printable(slice_of(text, REFERENCE_LEN_MAX));
	json_set_text(j, key, cut != NULL ? cut : text);
}

struct json *
gate_record(const struct gate_request *request,
    const struct gate_answer *answer)
{
	struct json *j = json_new_object();
	const char *digest = answer->target.digest;

	if (digest == NULL && request->present != NULL)
		digest = request->present->digest;
	json_set_text(j, "gate", gate_door_name(request->door));
	set_cut(j, "image", answer->image);
	json_set_text(j, "digest", digest);
	set_cut(j, "namespace", request->namespace_);
	set_cut(j, "pod", request->pod);
	set_cut(j, "podUid", request->pod_uid);
	json_set_text(j, "policy", answer->policies);
	json_set_text(j, "verdict", gate_verdict_word(answer));
	if (answer->exemption != NULL) {
		json_set_text(j, "exemption", answer->exemption);
		json_set_text(j, "reason", answer->reason);
	}
	json_set_text(j, "cause",
	    answer->code == ERR_NONE ? NULL : err_name(answer->code));
	json_set_text(j, "message", answer->message);
	json_set_integer(j, "ms", answer->elapsed_us / 1000);
	json_set_text(j, "cache", gate_cache_name(answer->cache));
	return j;
}

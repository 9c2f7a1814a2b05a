/* pullgate policy explain: what would be asked of an image, without asking. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/question.h"
#include "cli/report.h"
#include "gate/ring.h"
#include "policy/explain.h"

static void
say(int indent, const char *label, const char *text)
{
	AUTO(str) char *clean = str_printable(slice_str(text));

	(void)fprintf(stderr, "%*s%-*s %s\n", indent, "", 12 - indent, label,
	    clean);
}

/* "a, b" of a list of texts; NULL if it is empty. */
static char *
joined(const struct json *list)
{
	AUTO(str_list) struct str_list all = { 0 };

	for (size_t i = 0; i < json_count(list); i++)
		str_list_add(&all, json_text(json_at(list, i)));
	return all.n == 0 ? NULL : str_list_join(&all, ", ");
}

static void
say_reference(const struct json *r)
{
	AUTO(str) char *allow = joined(json_get(r, "allow"));
	AUTO(str) char *deny = joined(json_get(r, "denyTags"));

	if (allow != NULL)
		say(4, "allows", allow);
	if (deny != NULL)
		say(4, "denies", deny);
	if (json_is_yes(json_get(r, "requireDigest")))
		say(4, "requires", "a digest in the reference");
}

static void
say_entry(const struct json *e)
{
	AUTO(str) char *keys = joined(json_get(e, "fingerprints"));
	const struct json *annotations = json_get(e, "annotations");
	AUTO(str)
	char *text =
	    str_printf("by any of %s (%s)", keys, json_get_text(e, "keys"));
	void *it;

	say(6, "signed", text);
	for (it = json_iter(annotations); it != NULL;
	     it = json_next(annotations, it)) {
		AUTO(str)
		char *pair = str_printf("%s=%s", json_iter_key(it),
		    json_text(json_iter_value(it)));

		say(8, "with", pair);
	}
}

static void
say_attestor(const struct json *a)
{
	const struct json *entries = json_get(a, "entries");
	const char *repository = json_get_text(a, "repository");
	AUTO(str) char *text = NULL;
	int64_t count = 0, of = 0;

	(void)json_int(json_get(a, "count"), &count);
	(void)json_int(json_get(a, "of"), &of);
	text = str_printf("%lld of %lld must hold, signatures %s%s",
	    (long long)count, (long long)of,
	    repository == NULL ? "beside the image" : "in ",
	    repository == NULL ? "" : repository);
	say(4, "attestor", text);
	for (size_t i = 0; i < json_count(entries); i++)
		say_entry(json_at(entries, i));
}

static void
say_policy(const struct json *p)
{
	const struct json *attestors = json_get(p, "attestors");
	AUTO(str)
	char *text = str_printf("%s (%s): covers it, action %s",
	    json_get_text(p, "name"), json_get_text(p, "at"),
	    json_get_text(p, "action"));

	say(0, "Policy", text);
	say_reference(json_get(p, "reference"));
	for (size_t i = 0; i < json_count(attestors); i++)
		say_attestor(json_at(attestors, i));
}

static void
say_other(const struct json *p)
{
	AUTO(str)
	char *text = str_printf("%s (%s): does not cover it: %s",
	    json_get_text(p, "name"), json_get_text(p, "at"),
	    json_get_text(p, "why"));

	say(0, "Policy", text);
}

static void
say_all(const struct json *j, enum gate_unmatched unmatched)
{
	static const char *const words[] = { [GATE_UNMATCHED_DENY] = "refused",
		[GATE_UNMATCHED_WARN] = "admitted, with a warning",
		[GATE_UNMATCHED_ALLOW] = "admitted" };
	const struct json *policies = json_get(j, "policies");
	const char *namespace_ = json_get_text(j, "namespace");
	size_t covering = 0;

	say(0, "Image", json_get_text(j, "image"));
	say(0, "Namespace", namespace_ == NULL ? "none" : namespace_);
	for (size_t i = 0; i < json_count(policies); i++) {
		const struct json *p = json_at(policies, i);

		if (json_is_yes(json_get(p, "covers"))) {
			covering++;
			say_policy(p);
		} else {
			say_other(p);
		}
	}
	if (covering == 0)
		say(0, "Unmatched", words[unmatched]);
}

static int
explain(const struct question *q, const struct config *config,
    const struct ring *ring)
{
	AUTO(reference) struct reference *ref = NULL;
	AUTO(json) struct json *j = NULL;
	struct err e;

	if (reference_parse(slice_str(q->image), &ref, &e) < 0)
		return usage_error(&command_policy_explain, "%s", e.msg);
	j = policy_explain(ring_policies(ring), &(struct policy_facts){
						    .ref = ref,
						    .namespace_ = q->namespace_,
						    .labels = &q->labels,
						});
	if (q->json)
		report_json(j);
	else
		say_all(j, config->gate.unmatched);
	return EXIT_OK;
}

static int
run(int argc, char **argv)
{
	AUTO(question) struct question q = { 0 };
	AUTO(config) struct config config = { 0 };
	AUTO(ring) struct ring *ring = NULL;
	int r = question_read(&command_policy_explain, argc, argv, &q);

	if (r >= 0)
		return r;
	if (load_config(q.config, &q.policies, &config) != EXIT_OK ||
	    load_ring(&config, &ring) != EXIT_OK)
		return EXIT_USAGE;
	return explain(&q, &config, ring);
}

const struct command command_policy_explain = {
	.name = "policy explain",
	.run = run,
	.usage = QUESTION_SYNOPSIS
	"Says which policies cover a pull of the image, which do not and why, "
	"and what each\nasks.  Nothing is fetched.\n\n" QUESTION_OPTIONS,
	.help = "say what would be asked of an image",
};

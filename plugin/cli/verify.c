/* pullgate verify: one pull's question, asked by hand. */
#include "cli/cli.h"
#include "cli/question.h"
#include "cli/report.h"
#include "gate/gate.h"

/* Beside the answer, what it was made of. */
static int
write_recording(const char *path, const struct json *recording)
{
	AUTO(str) char *text = NULL;
	FILE *f;
	bool bad;

	if (recording == NULL)
		return usage_error(&command_verify,
		    "nothing was fetched that could be recorded");
	text = json_print(recording, true);
	f = fopen(path, "we");
	if (f == NULL)
		return usage_error(&command_verify, "%s: %m", path);
	bad = fprintf(f, "%s\n", text) < 0;
	bad = fclose(f) != 0 || bad;
	return bad ? usage_error(&command_verify, "%s: cannot be written", path)
		   : EXIT_OK;
}

static int
ask(const struct question *q, const struct config *config, struct ring *ring)
{
	AUTO(registry)
	struct registry *registry =
	    registry_new(config->registries, config->nregistries);
	AUTO(gate) struct gate *gate = NULL;
	AUTO(gate_answer) struct gate_answer answer = { 0 };
	struct gate_settings settings = config->gate;

	settings.report = true;
	settings.record = q->record != NULL;
	gate = gate_new(&settings, registry, ring);
	gate_check(gate,
	    &(struct gate_request){
		.image = slice_str(q->image),
		.namespace_ = q->namespace_,
		.labels = &q->labels,
	    },
	    &answer);
	if (q->json)
		report_json(answer.report);
	else
		report_text(answer.report);
	if (q->record != NULL &&
	    write_recording(q->record, answer.recording) != EXIT_OK)
		return EXIT_USAGE;
	return answer.verdict == VERDICT_ALLOW ? EXIT_OK : EXIT_REFUSED;
}

static int
run(int argc, char **argv)
{
	AUTO(question) struct question q = { 0 };
	AUTO(config) struct config config = { 0 };
	AUTO(ring) struct ring *ring = NULL;
	int r = question_read(&command_verify, argc, argv, &q);

	if (r >= 0)
		return r;
	if (load_config(q.config, &q.policies, &config) != EXIT_OK ||
	    load_ring(&config, &ring) != EXIT_OK)
		return EXIT_USAGE;
	return ask(&q, &config, ring);
}

const struct command command_verify = {
	.name = "verify",
	.run = run,
	.usage =
	    "[--record FILE] " QUESTION_SYNOPSIS
	    "Says whether the image could be pulled on this node, and why.  Exits "
	    "with 0 if so,\n1 if not, 2 for a mistake in usage or "
	    "configuration.\n\n" QUESTION_OPTIONS
	    "  --record FILE      write down what was fetched, for policy test\n",
	.help = "say whether an image could be pulled, and why",
};

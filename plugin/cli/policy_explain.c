/* pullgate policy explain: what would be asked of an image, without asking. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/question.h"
#include "cli/report.h"
#include "gate/ring.h"
#include "policy/explain.h"

/* Of a list; the JSON has them all. */
#define DIGESTS_SHOWN 5

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
	AUTO(str) char *patterns = joined(json_get(r, "patterns"));

	if (allow != NULL)
		say(4, "allows", allow);
	if (deny != NULL)
		say(4, "denies", deny);
	if (patterns != NULL)
		say(4, "matches", patterns);
	if (json_is_yes(json_get(r, "requireDigest")))
		say(4, "requires", "a digest in the reference");
}

static void
say_digest_list(const struct json *list, const char *label)
{
	size_t n = json_count(list);

	for (size_t i = 0; i < n && i < DIGESTS_SHOWN; i++)
		say(4, label, json_text(json_at(list, i)));
	if (n > DIGESTS_SHOWN) {
		AUTO(str)
		char *more = str_printf("%zu digests more", n - DIGESTS_SHOWN);

		say(4, label, more);
	}
}

static void
say_digests(const struct json *p)
{
	const struct json *digests = json_get(p, "digests");
	const char *listed = json_get_text(digests, "listed");

	say_digest_list(json_get(digests, "allow"), "allows");
	say_digest_list(json_get(digests, "deny"), "denies");
	if (listed != NULL)
		say(4, "lists",
		    strcmp(listed, "deny") == 0
			? "this image's digest, to deny it"
			: "this image's digest, to allow it");
	if (json_is_yes(json_get(p, "onlyDenies")))
		say(4, "admits", "no image: it only denies some");
}

static void say_attestor(const struct json *a, int indent);

static void
say_pairs(const struct json *map, int indent)
{
	for (void *it = json_iter(map); it != NULL; it = json_next(map, it)) {
		AUTO(str)
		char *pair = str_printf("%s=%s", json_iter_key(it),
		    json_text(json_iter_value(it)));

		say(indent, "with", pair);
	}
}

/* "by any of sha256:… (key.pub)", "by … of …". */
static char *
signer(const struct json *e)
{
	const struct json *identities = json_get(e, "identities");
	AUTO(str) char *keys = joined(json_get(e, "keys"));
	AUTO(str_list) struct str_list all = { 0 };
	const char *from = json_get_text(e, "from");

	if (from != NULL)
		return str_printf("by any of %s (%s)",
		    keys == NULL ? "its keys" : keys, from);
	for (size_t i = 0; i < json_count(identities); i++) {
		const struct json *one = json_at(identities, i);

		str_list_own(&all,
		    str_printf("by %s of %s", json_get_text(one, "subject"),
			json_get_text(one, "issuer")));
	}
	return all.n == 0 ? str_printf("by %s", json_get_text(e, "kind"))
			  : str_list_join(&all, ", or ");
}

static void
say_entry(const struct json *e, int indent)
{
	AUTO(str) char *types = joined(json_get(e, "predicateTypes"));
	AUTO(str) char *text = NULL;

	if (json_get(e, "attestor") != NULL) {
		say_attestor(json_get(e, "attestor"), indent);
		return;
	}
	text = signer(e);
	say(indent, types == NULL ? "signed" : "attested", text);
	if (types != NULL)
		say(indent + 2, "type", types);
	if (json_get(e, "annotations") != NULL)
		say(indent + 2, "in",
		    json_get_text(e, "repository") == NULL
			? "the image's repository"
			: json_get_text(e, "repository"));
	say_pairs(json_get(e, "annotations"), indent + 2);
}

static void
say_attestor(const struct json *a, int indent)
{
	const struct json *entries = json_get(a, "entries");
	const char *name = json_get_text(a, "name");
	AUTO(str) char *text = NULL;
	int64_t count = 0, of = 0;

	(void)json_int(json_get(a, "count"), &count);
	(void)json_int(json_get(a, "of"), &of);
	text =
	    str_printf("%s%s%lld of %lld must hold", name == NULL ? "" : name,
		name == NULL ? "" : ": ", (long long)count, (long long)of);
	say(indent, "attestor", text);
	for (size_t i = 0; i < json_count(entries); i++)
		say_entry(json_at(entries, i), indent + 2);
}

static void
say_attestors(const struct json *list, int indent)
{
	for (size_t i = 0; i < json_count(list); i++)
		say_attestor(json_at(list, i), indent);
}

static void
say_attestation(const struct json *a)
{
	AUTO(str)
	char *text = str_printf("%s%s", json_get_text(a, "type"),
	    json_is_yes(json_get(a, "conditions")) ? ", with conditions" : "");

	say(4, "attested", text);
	say_attestors(json_get(a, "attestors"), 6);
}

static void
say_policy(const struct json *p)
{
	const struct json *attestations = json_get(p, "attestations");
	AUTO(str)
	char *text = str_printf("%s (%s): covers it, action %s",
	    json_get_text(p, "name"), json_get_text(p, "at"),
	    json_get_text(p, "action"));

	say(0, "Policy", text);
	say_reference(json_get(p, "reference"));
	say_digests(p);
	say_attestors(json_get(p, "attestors"), 4);
	for (size_t i = 0; i < json_count(attestations); i++)
		say_attestation(json_at(attestations, i));
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
say_exemption(const struct json *x)
{
	bool covers = json_is_yes(json_get(x, "covers"));
	AUTO(str)
	char *text = str_printf("%s (%s): %s%s", json_get_text(x, "name"),
	    json_get_text(x, "at"),
	    covers ? "covers it until " : "does not cover it: ",
	    json_get_text(x, covers ? "notAfter" : "why"));

	say(0, "Exemption", text);
	if (covers)
		say(4, "reason", json_get_text(x, "reason"));
}

/* Does it say yes or no to every image it covers? */
static bool
counts(const struct json *p)
{
	return json_is_yes(json_get(p, "covers")) &&
	       !json_is_yes(json_get(p, "onlyDenies"));
}

static void
say_all(const struct json *j, enum gate_unmatched unmatched)
{
	static const char *const words[] = { [GATE_UNMATCHED_DENY] = "refused",
		[GATE_UNMATCHED_WARN] = "admitted, with a warning",
		[GATE_UNMATCHED_ALLOW] = "admitted" };
	const struct json *policies = json_get(j, "policies");
	const char *namespace_ = json_get_text(j, "namespace");
	const struct json *exemptions = json_get(j, "exemptions");
	size_t covering = 0;

	say(0, "Image", json_get_text(j, "image"));
	say(0, "Namespace", namespace_ == NULL ? "none" : namespace_);
	for (size_t i = 0; i < json_count(policies); i++) {
		const struct json *p = json_at(policies, i);

		covering += counts(p);
		if (json_is_yes(json_get(p, "covers")))
			say_policy(p);
		else
			say_other(p);
	}
	if (covering == 0)
		say(0, "Unmatched", words[unmatched]);
	for (size_t i = 0; i < json_count(exemptions); i++)
		say_exemption(json_at(exemptions, i));
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
	j = policy_explain(ring_policies(ring),
	    &(struct policy_facts){
		.ref = ref,
		.written = q->image,
		.pod = { q->namespace_, NULL, &q->labels },
	    },
	    clock_now());
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
	if (q.record != NULL)
		return usage_error(&command_policy_explain,
		    "--record is for pullgate verify: nothing is fetched here");
	if (load_config(q.config, &q.policies, &config) != EXIT_OK ||
	    load_ring(&config, &ring) != EXIT_OK)
		return EXIT_USAGE;
	return explain(&q, &config, ring);
}

const struct command command_policy_explain = {
	.name = "policy explain",
	.run = run,
	.usage = QUESTION_SYNOPSIS
	"Says which policies and exemptions cover a pull of the image, which "
	"do not and\nwhy, and what each policy asks.  Nothing is "
	"fetched.\n\n" QUESTION_OPTIONS,
	.help = "say what would be asked of an image",
};

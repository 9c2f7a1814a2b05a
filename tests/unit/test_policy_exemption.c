/* Exemptions: how they are read, what they cover, and until when. */
#include "policy/exemption.h"

#include "base/json.h"
#include "policy/explain.h"
#include "policy_sample.h"

#define HEX60 "000000000000000000000000000000000000000000000000000000000000"
#define A     "sha256:" HEX60 "aaaa"
#define B     "sha256:" HEX60 "bbbb"

/* As long as it may last from SAMPLE_NOW; a day from then, and a day before. */
#define LATEST    "2026-11-27T12:00:00Z"
#define TOMORROW  "2026-11-21T12:00:00Z"
#define YESTERDAY "2026-11-19T12:00:00Z"
#define DAY       86400

#define HEADER_OF(n)                                                           \
	"apiVersion: pullgate.dev/v1\n"                                        \
	"kind: Exemption\n"                                                    \
	"metadata: {name: " n "}\n"
#define HEADER         HEADER_OF("x")
#define IMAGES         "  images: [\"registry.example.com/shop/*\"]\n"
#define REASON         "  reason: the signer is down\n"
#define UNTIL          "  notAfter: " TOMORROW "\n"
#define NAMED(n, rest) HEADER_OF(n) "spec:\n" rest REASON UNTIL
#define EXEMPT(rest)   NAMED("x", rest)

TEST(all_fields)
{
	AUTO(policy_set)
	struct policy_set *set = sample_remarked(
	    "apiVersion: pullgate.dev/v1\n"
	    "kind: Exemption\n"
	    "metadata: {name: incident-4711, labels: {a: b}, annotations: {c: d}}\n"
	    "spec:\n"
	    "  images: [\"registry.example.com/shop/*\", docker.io/library/nginx]\n"
	    "  digests: [" B ", " A "]\n"
	    "  namespaces: [\"prod-*\"]\n"
	    "  reason: \"registry's signer is down, INC-4711\"\n"
	    "  notAfter: " LATEST "\n",
	    "");
	const struct policy_exemption *x;

	if (set == NULL)
		return;
	CHECK_INT(set->n, 0);
	CHECK_INT(set->nexemptions, 1);
	x = set->exemptions[0];
	CHECK_STR(x->name, "incident-4711");
	CHECK_INT(x->pos.line, 3);
	CHECK_INT(x->images.n, 2);
	CHECK_STR(x->digests.items[0], A);
	CHECK_STR(x->namespaces.items[0], "prod-*");
	CHECK_STR(x->reason, "registry's signer is down, INC-4711");
	CHECK_INT(x->not_after, SAMPLE_NOW + 7 * DAY);
	CHECK_INT(x->not_after_pos.line, 9);
	CHECK_INT(x->not_after_pos.column, 13);
}

/* n times the same character. */
static char *
repeat(const char *c, size_t n)
{
	AUTO(str_list) struct str_list all = { 0 };

	for (size_t i = 0; i < n; i++)
		str_list_add(&all, c);
	return str_list_join(&all, "");
}

TEST(other_ways_to_write_the_same)
{
	AUTO(str) char *longest = repeat("\u00e9", 500);
	AUTO(str)
	char *much =
	    str_printf(HEADER "spec:\n" IMAGES "  reason: \"%s\"\n" UNTIL,
		longest);
	const char *const texts[] = {
		EXEMPT(IMAGES),
		EXEMPT("  digests: [" A "]\n"),
		HEADER "spec:\n" IMAGES REASON "  notAfter: \"" LATEST "\"\n",
		HEADER "spec:\n" IMAGES REASON
		       "  notAfter: 2026-11-27T14:00:00+02:00\n",
		HEADER "spec:\n" IMAGES REASON
		       "  notAfter: 2026-11-27T12:00:00.999Z\n",
		HEADER "spec:\n" IMAGES REASON
		       "  notAfter: 2026-11-20T12:00:00Z\n",
		HEADER "spec:\n" IMAGES
		       "  reason: >-\n    two\n    lines\n" UNTIL,
		much,
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		AUTO(policy_set)
		struct policy_set *set = sample_remarked(texts[i], "");

		CHECK(set != NULL && set->nexemptions == 1);
	}
}

/* clang-format off */
#define WITH_REASON(r)   HEADER "spec:\n" IMAGES "  reason: " r "\n" UNTIL
#define WITH_TIME(t)     HEADER "spec:\n" IMAGES REASON "  notAfter: " t "\n"
#define NO_LINE          "p.yaml:6:11: reason must be one line without control characters"
#define NO_TIME(t)       "notAfter must be a time such as 2026-11-27T12:00:00Z, not \"" t "\""
#define TOO_LATE         "p.yaml:7:13: notAfter may be 7 days from now at most, which is " LATEST

TEST(exemptions_that_are_none)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ HEADER, "p.yaml:1:1: Exemption needs \"spec\"" },
		{ EXEMPT(""), "p.yaml:5:3: the exemption covers nothing: it needs images or digests" },
		{ EXEMPT("  namespaces: [a]\n"),
		    "p.yaml:5:3: the exemption covers nothing: it needs images or digests" },
		{ EXEMPT("  images: []\n"), "p.yaml:5:11: images is empty: leave it out to exempt by digests alone" },
		{ EXEMPT("  images: [nginx]\n"),
		    "p.yaml:5:12: images: \"nginx\" can match nothing: a normalised name has a registry and a '/'; "
		    "write \"docker.io/library/nginx\"" },
		{ EXEMPT("  digests: []\n"), "p.yaml:5:12: digests is empty: leave it out" },
		{ EXEMPT("  digests: {deny: [" A "]}\n"), "p.yaml:5:12: digests must be a list" },
		{ EXEMPT("  digests: [sha256:1]\n"),
		    "p.yaml:5:13: digests: \"sha256:1\" is no digest, which is \"sha256:\" and 64 hexadecimal digits in lower case" },
		{ EXEMPT("  digests: [" A ", " A "]\n"), "p.yaml:5:86: digests: this digest stands at p.yaml:5:13 already" },
		{ EXEMPT(IMAGES "  namespaces: []\n"),
		    "p.yaml:6:15: namespaces is empty: leave it out to cover every namespace" },
		{ EXEMPT(IMAGES "  namespaces: [Prod]\n"),
		    "p.yaml:6:16: namespaces: \"Prod\" can match nothing: no such name contains 'P'" },
		{ EXEMPT(IMAGES "  action: audit\n"), "p.yaml:6:3: unknown field \"action\" in spec" },
		{ EXEMPT(IMAGES) "status: {}\n", "p.yaml:8:1: unknown field \"status\" in Exemption" },
		{ NAMED("X", IMAGES), "p.yaml:3:18: name \"X\" must be lower-case letters, digits, "
		    "'-' and '.', as Kubernetes names are" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		sample_bad(cases[i].text, cases[i].want);
}

TEST(reasons_that_are_none)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ HEADER "spec:\n" IMAGES UNTIL, "p.yaml:5:3: spec needs \"reason\"" },
		{ WITH_REASON(""), "p.yaml:6:10: reason must not be empty" },
		{ WITH_REASON("\"\""), "p.yaml:6:11: reason must not be empty" },
		{ WITH_REASON("\"  \""), "p.yaml:6:11: reason must not be empty" },
		{ WITH_REASON("[a]"), "p.yaml:6:11: a text is expected" },
		{ WITH_REASON("|\n    a"), NO_LINE },
		{ WITH_REASON("\"a\\nb\""), NO_LINE },
		{ WITH_REASON("\"a\\rb\""), NO_LINE },
		{ WITH_REASON("\"a\\tb\""), NO_LINE },
		{ WITH_REASON("\"a\\eb\""), NO_LINE },
		{ WITH_REASON("\"a\\x7f\""), NO_LINE },
		{ WITH_REASON("\"a\\x9bm\""), NO_LINE },
		{ WITH_REASON("\"a\\N\""), NO_LINE },
		{ WITH_REASON("\"a\\Lb\""), NO_LINE },
		{ WITH_REASON("\"a\\Pb\""), NO_LINE },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		sample_bad(cases[i].text, cases[i].want);
}

TEST(times_that_are_none)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ HEADER "spec:\n" IMAGES REASON, "p.yaml:5:3: spec needs \"notAfter\"" },
		{ WITH_TIME(""), "p.yaml:7:12: notAfter must not be empty" },
		{ WITH_TIME("{}"), "p.yaml:7:13: a text is expected" },
		{ WITH_TIME("never"), "p.yaml:7:13: " NO_TIME("never") },
		{ WITH_TIME("1764244800"), "p.yaml:7:13: " NO_TIME("1764244800") },
		{ WITH_TIME("2026-11-27"), "p.yaml:7:13: " NO_TIME("2026-11-27") },
		{ WITH_TIME("2026-11-27 12:00:00Z"), "p.yaml:7:13: " NO_TIME("2026-11-27 12:00:00Z") },
		{ WITH_TIME("2026-11-27T12:00:00"), "p.yaml:7:13: " NO_TIME("2026-11-27T12:00:00") },
		{ WITH_TIME("2026-11-31T12:00:00Z"), "p.yaml:7:13: " NO_TIME("2026-11-31T12:00:00Z") },
		{ WITH_TIME("2026-11-27T12:00:01Z"), TOO_LATE },
		{ WITH_TIME("2026-11-27T12:00:00-00:01"), TOO_LATE },
		{ WITH_TIME("2027-11-20T12:00:00Z"), TOO_LATE },
		{ WITH_TIME("9999-12-31T23:59:59Z"), TOO_LATE },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		sample_bad(cases[i].text, cases[i].want);
}
/* clang-format on */

TEST(a_reason_that_is_too_long)
{
	AUTO(str) char *longer = repeat("\u00e9", 501);
	AUTO(str)
	char *text =
	    str_printf(HEADER "spec:\n" IMAGES "  reason: \"%s\"\n" UNTIL,
		longer);

	sample_bad(text,
	    "p.yaml:6:11: reason may have 500 characters, not 501");
}

TEST(two_of_the_same_name)
{
	sample_bad(EXEMPT(IMAGES) "---\n" NAMED("y", IMAGES) "---\n" EXEMPT(
		       IMAGES),
	    "p.yaml:19:18: there is another exemption \"x\" at p.yaml:3:18");
}

/* Policies have names of their own. */
TEST(a_policy_of_the_same_name)
{
	AUTO(policy_set)
	struct policy_set *set = sample_good(
	    EXEMPT(IMAGES) "---\napiVersion: pullgate.dev/v1\n"
			   "kind: ImagePolicy\nmetadata: {name: x}\n"
			   "spec: {images: [\"**\"], reference: "
			   "{requireDigest: true}}\n");

	CHECK(set != NULL && set->n == 1 && set->nexemptions == 1);
}

/* What is over stays in the files without harm, and somebody is told. */
TEST(one_that_has_expired_loads)
{
	AUTO(policy_set)
	struct policy_set *set = sample_remarked(HEADER
	    "spec:\n" IMAGES REASON "  notAfter: " YESTERDAY "\n",
	    "p.yaml:7:13: warning: exemption \"x\": it expired at " YESTERDAY
	    " and has no effect");
	AUTO(str) char *before = NULL;
	AUTO(str) char *after = NULL;

	if (set == NULL)
		return;
	before = policy_exemption_expiry(set->exemptions[0], SAMPLE_NOW - DAY);
	after = policy_exemption_expiry(set->exemptions[0], SAMPLE_NOW);
	CHECK(before == NULL);
	CHECK_STR(after, "it expired at " YESTERDAY " and has no effect");
}

/* A pull, and who exempts it: a name, or "". */
static const char *
who_exempts(const struct policy_set *set, const char *image,
    const char *namespace_, const char *digest, int64_t now)
{
	AUTO(reference) struct reference *ref = NULL;
	const char *digests[] = { NULL, digest };
	struct policy_facts facts = { .written = image,
		.pod = { .namespace_ = namespace_ } };
	const struct policy_exemption *x;
	struct err e = { 0 };

	if (reference_parse(slice_str(image), &ref, &e) < 0) {
		FAIL("%s: %s", image, e.msg);
		return "?";
	}
	facts.ref = ref;
	x = policy_exempts(set, &facts, digests, COUNT_OF(digests), now);
	return x == NULL ? "" : x->name;
}

#define SHOP "registry.example.com/shop/web"

TEST(images)
{
	static const struct {
		const char *patterns, *image;
		bool want;
	} cases[] = {
		{ "registry.example.com/shop/*", SHOP, true },
		{ "registry.example.com/shop/*", SHOP ":1", true },
		{ "registry.example.com/shop/*", SHOP "@" A, true },
		{ "registry.example.com/shop/*", SHOP ":1@" A, true },
		{ "registry.example.com/shop/*", SHOP "/deep", false },
		{ "registry.example.com/shop/*", "nginx", false },
		{ "docker.io/library/nginx", "nginx", true },
		{ "r.io/a\", \"docker.io/library/nginx", "nginx", true },
		{ SHOP ":1", SHOP ":1", true },
		{ SHOP ":1", SHOP ":2", false },
		/* A tag beside a digest is a label that anybody can choose. */
		{ SHOP ":1", SHOP ":1@" A, false },
		{ SHOP "@" A, SHOP ":1@" A, true },
		{ SHOP "@" A, SHOP "@" B, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str)
		char *text = str_printf(EXEMPT("  images: [\"%s\"]\n"),
		    cases[i].patterns);
		AUTO(policy_set) struct policy_set *set = sample_good(text);

		printf("# %s %s\n", cases[i].patterns, cases[i].image);
		if (set != NULL)
			CHECK_STR(who_exempts(set, cases[i].image, NULL, NULL,
				      SAMPLE_NOW),
			    cases[i].want ? "x" : "");
	}
}

TEST(digests)
{
	AUTO(policy_set)
	struct policy_set *alone = sample_good(EXEMPT("  digests: [" A "]\n"));
	AUTO(policy_set)
	struct policy_set *both =
	    sample_good(EXEMPT(IMAGES "  digests: [" A "]\n"));

	if (alone == NULL || both == NULL)
		return;
	CHECK_STR(who_exempts(alone, "nginx", NULL, A, SAMPLE_NOW), "x");
	CHECK_STR(who_exempts(alone, "nginx", NULL, B, SAMPLE_NOW), "");
	CHECK_STR(who_exempts(alone, "nginx", NULL, NULL, SAMPLE_NOW), "");
	/* Only what the image is known by counts, not how it is called. */
	CHECK_STR(who_exempts(alone, "nginx@" A, NULL, B, SAMPLE_NOW), "");
	CHECK_STR(who_exempts(both, "nginx", NULL, A, SAMPLE_NOW), "x");
	CHECK_STR(who_exempts(both, SHOP, NULL, B, SAMPLE_NOW), "x");
	CHECK_STR(who_exempts(both, "nginx", NULL, B, SAMPLE_NOW), "");
}

TEST(namespaces)
{
	AUTO(policy_set) struct policy_set *all = sample_good(EXEMPT(IMAGES));
	AUTO(policy_set)
	struct policy_set *some = sample_good(EXEMPT(
	    IMAGES "  digests: [" A "]\n  namespaces: [\"prod-*\", dev]\n"));

	if (all == NULL || some == NULL)
		return;
	CHECK_STR(who_exempts(all, SHOP, NULL, NULL, SAMPLE_NOW), "x");
	CHECK_STR(who_exempts(all, SHOP, "any", NULL, SAMPLE_NOW), "x");
	CHECK_STR(who_exempts(some, SHOP, "prod-1", NULL, SAMPLE_NOW), "x");
	CHECK_STR(who_exempts(some, SHOP, "dev", NULL, SAMPLE_NOW), "x");
	CHECK_STR(who_exempts(some, SHOP, "test", NULL, SAMPLE_NOW), "");
	CHECK_STR(who_exempts(some, SHOP, "", NULL, SAMPLE_NOW), "");
	CHECK_STR(who_exempts(some, SHOP, NULL, NULL, SAMPLE_NOW), "");
	CHECK_STR(who_exempts(some, SHOP, NULL, A, SAMPLE_NOW), "");
}

/* To the second that it names, and no longer. */
TEST(time_passes)
{
	AUTO(policy_set) struct policy_set *set = sample_good(EXEMPT(IMAGES));
	const int64_t end = SAMPLE_NOW + DAY;

	if (set == NULL)
		return;
	CHECK_STR(who_exempts(set, SHOP, NULL, NULL, end - 1), "x");
	CHECK_STR(who_exempts(set, SHOP, NULL, NULL, end), "x");
	CHECK_STR(who_exempts(set, SHOP, NULL, NULL, end + 1), "");
	CHECK_STR(who_exempts(set, SHOP, NULL, NULL, INT64_MAX), "");
}

TEST(the_first_by_name_that_has_not_expired)
{
	AUTO(policy_set)
	struct policy_set *set = sample_good(NAMED("c",
	    IMAGES) "---\n" NAMED("b", IMAGES
	    "  namespaces: [prod]\n") "---\n" HEADER_OF("a") "spec:\n" IMAGES
		REASON "  notAfter: " YESTERDAY "\n");

	if (set == NULL)
		return;
	CHECK_STR(set->exemptions[0]->name, "a");
	CHECK_STR(set->exemptions[2]->name, "c");
	CHECK_STR(who_exempts(set, SHOP, "prod", NULL, SAMPLE_NOW), "b");
	CHECK_STR(who_exempts(set, SHOP, "dev", NULL, SAMPLE_NOW), "c");
	CHECK_STR(who_exempts(set, SHOP, "dev", NULL, SAMPLE_NOW - DAY), "a");
}

TEST(a_set_without_any)
{
	AUTO(policy_set) struct policy_set *set = sample_good("");

	if (set != NULL)
		CHECK_STR(who_exempts(set, SHOP, NULL, A, SAMPLE_NOW), "");
}

/* What an explanation says of the one exemption: "true" or why not. */
static char *
explained(const struct policy_set *set, const char *image,
    const char *namespace_, int64_t now)
{
	AUTO(reference) struct reference *ref = NULL;
	AUTO(json) struct json *j = NULL;
	struct policy_facts facts = { .written = image,
		.pod = { .namespace_ = namespace_ } };
	const struct json *x;
	struct err e = { 0 };

	if (reference_parse(slice_str(image), &ref, &e) < 0)
		return mem_strdup(e.msg);
	facts.ref = ref;
	j = policy_explain(set, &facts, now);
	x = json_at(json_get(j, "exemptions"), 0);
	CHECK_INT(json_count(json_get(j, "exemptions")), 1);
	CHECK_STR(json_get_text(x, "name"), "x");
	CHECK_STR(json_get_text(x, "at"), "p.yaml:3:18");
	CHECK_STR(json_get_text(x, "reason"), "the signer is down");
	CHECK_STR(json_get_text(x, "notAfter"), TOMORROW);
	if (json_is_yes(json_get(x, "covers"))) {
		CHECK(json_get_text(x, "why") == NULL);
		return mem_strdup("true");
	}
	return mem_strdup(json_get_text(x, "why"));
}

TEST(explanations)
{
	static const struct {
		const char *text, *image, *namespace_;
		int64_t now;
		const char *want;
	} cases[] = {
		/* clang-format off */
		{ EXEMPT(IMAGES), SHOP, NULL, SAMPLE_NOW, "true" },
		{ EXEMPT(IMAGES), "nginx", NULL, SAMPLE_NOW, "no pattern of images matches" },
		{ EXEMPT(IMAGES), SHOP, NULL, SAMPLE_NOW + DAY + 1,
		    "it expired at " TOMORROW " and has no effect" },
		{ EXEMPT(IMAGES "  namespaces: [prod]\n"), SHOP, "dev", SAMPLE_NOW,
		    "no pattern of namespaces matches" },
		{ EXEMPT(IMAGES "  namespaces: [prod]\n"), SHOP, NULL, SAMPLE_NOW,
		    "it is for pods of some namespaces, and the pull names no pod" },
		{ EXEMPT("  digests: [" A "]\n"), "nginx@" A, NULL, SAMPLE_NOW, "true" },
		{ EXEMPT("  digests: [" A "]\n"), "nginx@" B, NULL, SAMPLE_NOW,
		    "neither its images nor its digests match" },
		{ EXEMPT("  digests: [" A "]\n"), "nginx", NULL, SAMPLE_NOW,
		    "it lists digests, and which one the tag means is not known here" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy_set)
		struct policy_set *set = sample_good(cases[i].text);
		AUTO(str) char *got = NULL;

		if (set == NULL)
			continue;
		got = explained(set, cases[i].image, cases[i].namespace_,
		    cases[i].now);
		CHECK_STR(got, cases[i].want);
	}
}

TEST_MAIN

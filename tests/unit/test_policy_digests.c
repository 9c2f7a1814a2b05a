/* Lists of digests: how they are read, and what they say of an image. */
#include "policy/digests.h"

#include "base/buf.h"
#include "policy_sample.h"

#define HEX60  "000000000000000000000000000000000000000000000000000000000000"
#define A      "sha256:" HEX60 "aaaa"
#define B      "sha256:" HEX60 "bbbb"
#define C      "sha256:" HEX60 "cccc"
#define SHA512 "sha512:" HEX60 HEX60 "00000000"

#define SPEC                                                                   \
	"apiVersion: pullgate.dev/v1\n"                                        \
	"kind: ImagePolicy\n"                                                  \
	"metadata: {name: p}\n"                                                \
	"spec:\n"                                                              \
	"  images: [\"**\"]\n"
#define DIGESTS(d) SPEC "  digests: " d "\n"
#define SIGNED                                                                 \
	"  attestors: [{entries: [{keys: {publicKeys: "                        \
	"\"-----BEGIN PUBLIC KEY-----\"}, rekor: {ignoreTlog: true}}]}]\n"

TEST(lists_are_sorted)
{
	AUTO(policy_set)
	struct policy_set *set = sample_good(
	    DIGESTS("{allow: [" C ", " A ", " SHA512 "], deny: [" B "]}"));
	const struct policy_digests *lists;

	if (set == NULL)
		return;
	lists = &set->items[0]->digests;
	CHECK_INT(lists->allow.n, 3);
	CHECK_STR(lists->allow.items[0], A);
	CHECK_STR(lists->allow.items[1], C);
	CHECK_STR(lists->allow.items[2], SHA512);
	CHECK_INT(lists->deny.n, 1);
	CHECK_STR(lists->deny.items[0], B);
}

/* clang-format off */
#define NO_DIGEST(t) "\"" t "\" is no digest, which is \"sha256:\" and 64 hexadecimal digits in lower case"

TEST(lists_that_are_none)
{
	static const struct {
		const char *digests, *want;
	} cases[] = {
		{ "{}", "p.yaml:6:12: digests needs allow, deny or both" },
		{ "", "p.yaml:6:11: digests must be a mapping" },
		{ "[" A "]", "p.yaml:6:12: digests must be a mapping" },
		{ "{Deny: [" A "]}", "p.yaml:6:13: unknown field \"Deny\" in digests" },
		{ "{deny: []}", "p.yaml:6:19: deny is empty: leave it out" },
		{ "{allow: [], deny: [" A "]}", "p.yaml:6:20: allow is empty: leave it out" },
		{ "{deny: " A "}", "p.yaml:6:19: deny must be a list" },
		{ "{deny: [~]}", "p.yaml:6:20: deny must not be empty" },
		{ "{deny: [\"\"]}", "p.yaml:6:20: deny must not be empty" },
		{ "{deny: [{a: b}]}", "p.yaml:6:20: a text is expected" },
		{ "{deny: [sha256:1]}", "p.yaml:6:20: deny: " NO_DIGEST("sha256:1") },
		{ "{deny: [" HEX60 "aaaa]}", "p.yaml:6:20: deny: " NO_DIGEST(HEX60 "aaaa") },
		{ "{deny: [" A "0]}", "p.yaml:6:20: deny: " NO_DIGEST(A "0") },
		{ "{deny: [sha256:" HEX60 "AAAA]}", "p.yaml:6:20: deny: " NO_DIGEST("sha256:" HEX60 "AAAA") },
		{ "{deny: [\" " A "\"]}", "p.yaml:6:20: deny: " NO_DIGEST(" " A) },
		{ "{deny: [md5:" HEX60 "aaaa]}", "p.yaml:6:20: deny: " NO_DIGEST("md5:" HEX60 "aaaa") },
		{ "{deny: [r.example.com/app@" A "]}", "p.yaml:6:20: deny: " NO_DIGEST("r.example.com/app@" A) },
		{ "{allow: [sha256:*], deny: [x]}", "p.yaml:6:21: allow: " NO_DIGEST("sha256:*")
		    "\np.yaml:6:39: deny: " NO_DIGEST("x") },
		{ "{deny: [" B ", " A ", " B "]}", "p.yaml:6:166: deny: this digest stands at p.yaml:6:20 already" },
		{ "{allow: [&a " A ", *a]}", "p.yaml:6:21: allow: this digest stands at p.yaml:6:21 already" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str) char *text = str_printf(DIGESTS("%s"), cases[i].digests);

		sample_bad(text, cases[i].want);
	}
}
/* clang-format on */

/* A policy that denies n digests. */
static char *
policy_of(size_t n)
{
	AUTO(buf) struct buf text = buf_with_max(YAML_SIZE_MAX);
	int r = buf_printf(&text, SPEC "  digests:\n    deny:\n");

	for (size_t i = 0; i < n; i++)
		r |= buf_printf(&text, "      - sha256:%064zx\n", (n - i) * 7);
	CHECK_INT(r, 0);
	return mem_strdup(buf_text(&text));
}

TEST(as_many_as_there_may_be)
{
	AUTO(str) char *most = policy_of(10000);
	AUTO(str) char *more = policy_of(10001);
	AUTO(policy_set) struct policy_set *set = sample_good(most);
	size_t found = 0;

	sample_bad(more, "p.yaml:8:7: deny may have 10000 digests, not 10001");
	for (size_t i = 1; set != NULL && i <= 70000; i++) {
		AUTO(str) char *text = str_printf("sha256:%064zx", i);
		const char *digest = text;
		enum policy_listed listed =
		    policy_digests_look(&set->items[0]->digests, &digest, 1);

		if ((i % 7 == 0) != (listed == POLICY_LISTED_DENY))
			FAIL("%s is listed as %d", text, listed);
		found += listed == POLICY_LISTED_DENY;
	}
	CHECK_INT(found, 10000);
}

TEST(what_the_lists_say)
{
	static const struct {
		const char *digests[3];
		size_t n;
		enum policy_listed want;
	} cases[] = {
		{ { NULL }, 0, POLICY_UNLISTED },
		{ { NULL, NULL, NULL }, 3, POLICY_UNLISTED },
		{ { SHA512 }, 1, POLICY_UNLISTED },
		{ { "" }, 1, POLICY_UNLISTED },
		{ { "sha256:" HEX60 "aaa" }, 1, POLICY_UNLISTED },
		{ { A "a" }, 1, POLICY_UNLISTED },
		{ { A }, 1, POLICY_LISTED_ALLOW },
		{ { NULL, SHA512, A }, 3, POLICY_LISTED_ALLOW },
		{ { A }, 0, POLICY_UNLISTED },
		{ { C }, 1, POLICY_LISTED_DENY },
		{ { SHA512, NULL, C }, 3, POLICY_LISTED_DENY },
		/* It denies whatever is allowed: another digest of it, … */
		{ { A, C }, 2, POLICY_LISTED_DENY },
		{ { C, A }, 2, POLICY_LISTED_DENY },
		/* … or the same. */
		{ { B }, 1, POLICY_LISTED_DENY },
	};
	AUTO(policy_set)
	struct policy_set *set = sample_good(
	    DIGESTS("{allow: [" A ", " B "], deny: [" C ", " B "]}"));

	for (size_t i = 0; set != NULL && i < COUNT_OF(cases); i++) {
		printf("# %zu\n", i);
		CHECK_INT(policy_digests_look(&set->items[0]->digests,
			      cases[i].digests, cases[i].n),
		    cases[i].want);
	}
}

TEST(no_lists_say_nothing)
{
	static const struct policy_digests none = { 0 };
	const char *digest = A;

	CHECK_INT(policy_digests_look(&none, &digest, 1), POLICY_UNLISTED);
	CHECK_INT(policy_digests_look(&none, NULL, 0), POLICY_UNLISTED);
}

TEST(policies_that_only_deny)
{
	static const struct {
		const char *text;
		bool asks, only_denies;
	} cases[] = {
		{ DIGESTS("{deny: [" A "]}"), true, true },
		{ DIGESTS("{deny: [" A "]}") "  action: audit\n", true, true },
		{ DIGESTS("{deny: [" A "]}") "  reference: {}\n", true, true },
		{ DIGESTS("{allow: [" A "]}"), true, false },
		{ DIGESTS("{allow: [" B "], deny: [" A "]}"), true, false },
		{ DIGESTS("{deny: [" A "]}") SIGNED, true, false },
		{ DIGESTS("{deny: [" A "]}") "  reference: {allow: [\"**\"]}\n",
		    true, false },
		{ DIGESTS(
		      "{deny: [" A "]}") "  reference: {denyTags: [latest]}\n",
		    true, false },
		{ DIGESTS(
		      "{deny: [" A "]}") "  reference: {requireDigest: true}\n",
		    true, false },
		{ SPEC "  reference: {requireDigest: true}\n", false, false },
		{ SPEC SIGNED, false, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy_set)
		struct policy_set *set = sample_good(cases[i].text);

		if (set == NULL)
			continue;
		printf("# %zu\n", i);
		CHECK_INT(policy_asks_for_digest(set->items[0]), cases[i].asks);
		CHECK_INT(policy_only_denies(set->items[0]),
		    cases[i].only_denies);
	}
}

/* Kyverno's patterns, and attestations, which our documents write otherwise. */
TEST(what_else_a_policy_may_ask)
{
	AUTO(policy) struct policy *patterns = policy_new(POLICY_KYVERNO);
	AUTO(policy) struct policy *attested = policy_new(POLICY_OURS);

	str_list_add(&patterns->digests.deny, A);
	str_list_add(&attested->digests.deny, A);
	CHECK(policy_only_denies(patterns));
	CHECK(policy_only_denies(attested));
	str_list_add(&patterns->reference.patterns, "*");
	attested->attestations = MEM_NEW(struct policy_attestation);
	attested->nattestations = 1;
	CHECK(!policy_only_denies(patterns));
	CHECK(!policy_only_denies(attested));
}

TEST_MAIN

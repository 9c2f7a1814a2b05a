/* policy.json of containers/image. */
#include "policy/containers.h"

#include "policy/signed_identity.h"
#include "policy_sample.h"

#define REJECT         "[{\"type\": \"reject\"}]"
#define ACCEPT         "[{\"type\": \"insecureAcceptAnything\"}]"
#define DEFAULT        "{\"default\": " REJECT ", \"transports\": "
#define DOCKER(scopes) DEFAULT "{\"docker\": {" scopes "}}}\n"
#define SIGNED(more)                                                           \
	DOCKER("\"r.io\": [{\"type\": \"sigstoreSigned\", " more "}]")
/* base64 of "-----BEGIN PUBLIC KEY-----\n" */
#define DATA "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0K"

struct bad {
	const char *text;
	const char *want;
};

static void
check_all(const struct bad *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sample_bad(cases[i].text, cases[i].want);
}

static struct policy_set *
load(const char *text)
{
	AUTO(diag) struct diag d = { 0 };
	struct policy_set *set = sample_load(text, &d);

	for (size_t i = 0; i < d.n; i++)
		FAIL("%s", d.items[i]);
	return set;
}

TEST(the_most_specific_scope_and_only_it)
{
	static const char digest[] =
	    "r.example.com/a/app@sha256:"
	    "1111111111111111111111111111111111111111111111111111111111111111";
	static const struct {
		const char *image, *scope;
	} cases[] = {
		{ "nginx", "docker.io/library" },
		{ "docker.io/library/busybox:latest",
		    "docker.io/library/busybox:latest" },
		{ "busybox:1", "docker.io/library" },
		{ "acme/app", "*.io" },
		{ "r.example.com/a/app", "r.example.com/a" },
		{ digest, "r.example.com/a" },
		{ "r.example.com/ab/app", "r.example.com" },
		{ "r.example.com:5000/a/app", "" },
		{ "s.example.com/x", "*.example.com" },
		{ "t.sub.example.com/x", "*.sub.example.com" },
		{ "example.com/x", "" },
		{ "localhost:5000/x", "localhost:5000" },
	};
	AUTO(policy_set)
	struct policy_set *set = load(DOCKER(
	    "\"\": " REJECT ", \"docker.io/library\": " REJECT
	    ", \"docker.io/library/busybox:latest\": " REJECT
	    ", \"*.io\": " REJECT ", \"r.example.com\": " REJECT
	    ", \"r.example.com/a\": " REJECT ", \"*.example.com\": " REJECT
	    ", \"*.sub.example.com\": " REJECT
	    ", \"localhost:5000\": " REJECT));

	for (size_t i = 0; set != NULL && i < COUNT_OF(cases); i++) {
		AUTO(str) char *got = sample_covers(set, cases[i].image, NULL);
		AUTO(str)
		char *want = str_printf("containers/docker/%s", cases[i].scope);

		printf("# %s\n", cases[i].image);
		CHECK_STR(got, want);
	}
}

TEST(the_default_for_what_no_scope_names)
{
	AUTO(policy_set)
	struct policy_set *set = load(DOCKER("\"docker.io\": " ACCEPT));
	AUTO(str) char *other = NULL;
	AUTO(str) char *own = NULL;

	if (set == NULL)
		return;
	other = sample_covers(set, "quay.io/x", NULL);
	own = sample_covers(set, "nginx", NULL);
	CHECK_STR(other, "containers/default");
	CHECK_STR(own, "containers/docker/docker.io");
	CHECK_INT(set->items[0]->attestors.items[0].entries[0].kind,
	    POLICY_ENTRY_FAIL);
	CHECK_INT(set->items[1]->attestors.items[0].entries[0].kind,
	    POLICY_ENTRY_PASS);
}

TEST(every_requirement_and_one_of_its_keys)
{
	AUTO(policy_set)
	struct policy_set *set = load(
	    DOCKER("\"r.io\": [{\"type\": \"sigstoreSigned\", \"keyPaths\": "
		   "[\"/a.pub\", \"/b.pub\"], \"signedIdentity\": {\"type\": "
		   "\"matchRepository\"}}, {\"type\": \"sigstoreSigned\", "
		   "\"keyData\": \"" DATA "\", \"rekorPublicKeyData\": \"" DATA
		   "\", \"signedIdentity\": {\"type\": \"remapIdentity\", "
		   "\"prefix\": \"r.io\", \"signedPrefix\": \"s.io/x\"}}]"));
	const struct policy_attestors *a;

	if (set == NULL)
		return;
	a = &set->items[1]->attestors;
	CHECK_INT(a->n, 2);
	CHECK_INT(a->items[0].count, 1);
	CHECK_INT(a->items[0].nentries, 2);
	CHECK_STR(a->items[0].entries[1].keys.file, "/b.pub");
	CHECK(a->items[0].entries[0].log.ignore_tlog);
	CHECK_INT(a->items[0].entries[1].identity.rule,
	    POLICY_MATCH_REPOSITORY);
	CHECK_STR(a->items[1].entries[0].keys.pem,
	    "-----BEGIN PUBLIC KEY-----\n");
	CHECK(!a->items[1].entries[0].log.ignore_tlog);
	CHECK_STR(a->items[1].entries[0].identity.signed_prefix, "s.io/x");
}

/* clang-format off */
#define NO_LOG "warning: without rekorPublicKey the transparency log is not required: nothing shows when a signature was made"

TEST(remarks)
{
	static const struct bad cases[] = {
		{ SIGNED("\"keyPath\": \"/k\""),
		    "p.yaml:1:70: warning: signatures of cosign name a repository and no tag, which signedIdentity "
		    "matchRepoDigestOrExact does not take: write matchRepository\n"
		    "p.yaml:1:70: " NO_LOG },
		{ DOCKER("\"r.io\": " ACCEPT),
		    "p.yaml:1:79: warning: insecureAcceptAnything admits every image of its scope, signed or not" },
		{ DEFAULT "{\"docker-daemon\": {\"\": " ACCEPT "}}}\n",
		    "p.yaml:1:50: note: transport \"docker-daemon\" is not what a runtime pulls through: left out" },
		{ SIGNED("\"fulcio\": {\"caData\": \"" DATA "\", \"oidcIssuer\": \"i\", \"subjectEmail\": \"a@b\"}, "
		    "\"rekorPublicKeyPath\": \"/r\", \"signedIdentity\": {\"type\": \"matchRepository\"}"),
		    "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy_set) struct policy_set *set = sample_remarked(cases[i].text, cases[i].want);

		CHECK(set != NULL);
	}
}

#define NO_SOURCE "sigstoreSigned needs one of keyPath, keyPaths, keyData, keyDatas and fulcio"

TEST(mistakes)
{
	static const struct bad cases[] = {
		{ "{\"default\": []}\n", "p.yaml:1:13: requirements must be a list of some" },
		{ "{\"default\": [{}]}\n", "p.yaml:1:14: a requirement needs \"type\"" },
		{ "{\"default\": [{\"type\": \"x\"}]}\n", "p.yaml:1:23: unknown type \"x\"" },
		{ "{\"default\": " REJECT ", \"x\": 1}\n", "p.yaml:1:35: unknown field \"x\" in policy.json" },
		{ "{\"default\": " REJECT ", \"default\": " REJECT "}\n", "p.yaml:1:35: duplicate key \"default\"" },
		{ "{\"default\": [{\"type\": \"reject\", \"keyPath\": \"x\"}]}\n", "p.yaml:1:14: reject takes nothing but type" },
		{ "{\"default\": [{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\", \"keyPath\": \"x\"}]}\n",
		    "p.yaml:1:23: signedBy: signatures of OpenPGP cannot be verified; sign with cosign and write sigstoreSigned" },
		{ DOCKER("\"a*\": " REJECT),
		    "p.yaml:1:61: scope \"a*\": a '*' can only stand for what is before a domain, as in \"*.example.com\"" },
		{ SIGNED("\"keyPath\": \"a\", \"keyData\": \"" DATA "\""), "p.yaml:1:70: " NO_SOURCE },
		{ SIGNED("\"signedIdentity\": {\"type\": \"matchRepository\"}"), "p.yaml:1:70: " NO_SOURCE },
		{ SIGNED("\"keyData\": \"x\""), "p.yaml:1:108: keyData: no valid base64" },
		{ SIGNED("\"keyData\": \"YWJj\""), "p.yaml:1:108: keyData must be the base64 of PEM text" },
		{ SIGNED("\"keyPath\": \"a\", \"signedIdentity\": {\"type\": \"exactReference\"}"),
		    "p.yaml:1:131: signedIdentity needs \"dockerReference\"" },
		{ SIGNED("\"keyPath\": \"a\", \"signedIdentity\": {\"type\": \"matchExact\", \"prefix\": \"x\"}"),
		    "p.yaml:1:154: unknown field \"prefix\" in signedIdentity" },
		{ SIGNED("\"pki\": {}"), "p.yaml:1:104: pki: signatures by certificate cannot be verified yet" },
		{ SIGNED("\"fulcio\": {\"caData\": \"" DATA "\", \"oidcIssuer\": \"i\", \"subjectEmail\": \"a@b\"}"),
		    "p.yaml:1:70: fulcio needs a rekorPublicKey" },
	};

	check_all(cases, COUNT_OF(cases));
}
/* clang-format on */

#define DIGEST                                                                 \
	"sha256:"                                                              \
	"1111111111111111111111111111111111111111111111111111111111111111"

TEST(the_name_that_was_signed)
{
	static char exact_tag[] = "s.io/a:1";
	static char exact_name[] = "s.io/a";
	static char mirror[] = "mirror.io/x";
	static char origin[] = "r.io";
	static const struct {
		struct policy_signed_identity want;
		const char *pulled, *signed_name;
		bool good;
	} cases[] = {
		{ { POLICY_ANY_NAME, NULL, NULL }, "r.io/a", NULL, true },
		{ { POLICY_MATCH_REPOSITORY, NULL, NULL }, "r.io/a:1", "r.io/a",
		    true },
		{ { POLICY_MATCH_REPOSITORY, NULL, NULL }, "r.io/a:1",
		    "r.io/a:2", true },
		{ { POLICY_MATCH_REPOSITORY, NULL, NULL }, "r.io/a:1", "r.io/b",
		    false },
		{ { POLICY_MATCH_REPOSITORY, NULL, NULL }, "r.io/a:1", NULL,
		    false },
		{ { POLICY_MATCH_REPOSITORY, NULL, NULL }, "r.io/a:1", "A B",
		    false },
		{ { POLICY_MATCH_EXACT, NULL, NULL }, "r.io/a:1", "r.io/a:1",
		    true },
		{ { POLICY_MATCH_EXACT, NULL, NULL }, "r.io/a:latest", "r.io/a",
		    false },
		{ { POLICY_MATCH_EXACT, NULL, NULL }, "r.io/a@" DIGEST,
		    "r.io/a:1", false },
		{ { POLICY_MATCH_REPO_DIGEST_OR_EXACT, NULL, NULL },
		    "r.io/a@" DIGEST, "r.io/a:1", true },
		{ { POLICY_MATCH_REPO_DIGEST_OR_EXACT, NULL, NULL }, "r.io/a:1",
		    "r.io/a:1", true },
		{ { POLICY_MATCH_REPO_DIGEST_OR_EXACT, NULL, NULL }, "r.io/a:1",
		    "r.io/a", false },
		{ { POLICY_EXACT_REFERENCE, exact_tag, NULL }, "r.io/b:1",
		    "s.io/a:1", true },
		{ { POLICY_EXACT_REFERENCE, exact_tag, NULL }, "s.io/a:1",
		    "s.io/a:2", false },
		{ { POLICY_EXACT_REPOSITORY, exact_name, NULL }, "r.io/b:1",
		    "s.io/a:2", true },
		{ { POLICY_EXACT_REPOSITORY, exact_name, NULL }, "s.io/a:1",
		    "s.io/b", false },
		{ { POLICY_REMAP, mirror, origin }, "mirror.io/x/a:1",
		    "r.io/a:1", true },
		{ { POLICY_REMAP, mirror, origin }, "mirror.io/x/a:1",
		    "mirror.io/x/a:1", false },
		{ { POLICY_REMAP, mirror, origin }, "mirror.io/xy/a:1",
		    "mirror.io/xy/a:1", true },
		{ { POLICY_REMAP, mirror, origin }, "mirror.io/x/a@" DIGEST,
		    "r.io/a", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(reference) struct reference *ref = NULL;
		AUTO(str) char *got = NULL;
		struct err e = { 0 };

		CHECK_OK(reference_parse(slice_str(cases[i].pulled), &ref, &e),
		    &e);
		got = signed_identity_check(&cases[i].want, ref,
		    cases[i].signed_name);
		if ((got == NULL) != cases[i].good)
			FAIL("case %zu: %s", i, got == NULL ? "taken" : got);
	}
}

TEST_MAIN

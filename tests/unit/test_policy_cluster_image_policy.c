/* sigstore's ClusterImagePolicy. */
#include "policy/cluster_image_policy.h"

#include "policy_sample.h"

#define KEY "-----BEGIN PUBLIC KEY-----\\nx\\n-----END PUBLIC KEY-----\\n"
#define HEAD                                                                   \
	"apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\n"  \
	"metadata: {name: p}\n"
#define KEYED         "key: {data: \"" KEY "\"}"
#define LOGGED        "ctlog: {url: \"https://rekor.sigstore.dev\"}"
#define WITH(s)       HEAD "spec: {images: [{glob: \"**\"}], " s "}\n"
#define AUTHORITY(a)  WITH("authorities: [{" a "}]")
#define KEYLESS(i)    AUTHORITY("keyless: {identities: [{" i "}]}, " LOGGED)
#define SAME_IDENTITY "issuer: \"https://i\", subject: s"

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

TEST(globs)
{
	static const char digest[] =
	    "r.example.com/app:v1@sha256:"
	    "1111111111111111111111111111111111111111111111111111111111111111";
	static const struct {
		const char *glob, *image;
		bool want;
	} cases[] = {
		{ "**", "nginx", true },
		{ "*", "nginx", true },
		{ "*", "acme/app", false },
		{ "*", "r.example.com/app", false },
		{ "*/*", "acme/app", true },
		{ "*/*", "nginx", true },
		{ "*/*", "quay.io/app", false },
		{ "nginx*", "nginx:1.2", true },
		{ "nginx*", "docker.io/library/nginx", false },
		{ "index.docker.io/library/nginx*", "nginx", true },
		{ "docker.io/library/nginx*", "nginx", false },
		{ "r.example.com/*", "r.example.com/app", true },
		{ "r.example.com/*", "r.example.com/a/b", false },
		{ "r.example.com/**", "r.example.com/a/b", true },
		{ "r.example.com/app:v1", "r.example.com/app:v1", true },
		{ "r.example.com/app:v1", digest, false },
		{ "r.example.com/app@sha256:*", digest, true },
		{ "r.example.com/app@sha256:*", "r.example.com/app:v1", true },
		{ "r.example.com/app", "r.example.com/app", true },
		{ "r.example.com/app", "r.example.com/app:v1", false },
		{ "r.example.com/app**", "r.example.com/app:v1", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str)
		char *text = str_printf(HEAD
		    "spec: {images: [{glob: \"%s\"}], authorities: "
		    "[{" KEYED ", " LOGGED "}]}\n",
		    cases[i].glob);
		AUTO(policy_set) struct policy_set *set = load(text);
		AUTO(str) char *got = NULL;

		if (set == NULL)
			continue;
		got = sample_covers(set, cases[i].image, NULL);
		if ((got[0] != '\0') != cases[i].want)
			FAIL("%s %s %s", cases[i].glob,
			    cases[i].want ? "should match" : "should not match",
			    cases[i].image);
	}
}

TEST(any_authority_will_do)
{
	AUTO(policy_set)
	struct policy_set *set =
	    load("apiVersion: policy.sigstore.dev/v1alpha1\n"
		 "kind: ClusterImagePolicy\nmetadata: {name: p, uid: 1}\n"
		 "spec:\n"
		 "  mode: warn\n"
		 "  images: [{glob: \"a/**\"}, {glob: \"b/**\"}]\n"
		 "  authorities:\n"
		 "  - {" KEYED "}\n"
		 "  - {name: logged, " KEYED ", " LOGGED
		 ", source: [{oci: r.example.com/sigs}]}\n"
		 "  - keyless:\n"
		 "      url: https://fulcio.sigstore.dev\n"
		 "      identities:\n"
		 "      - {issuer: a, issuerRegExp: \"^i$\", subjectRegExp: "
		 "\"^s$\"}\n"
		 "  - {static: {action: fail, message: no}}\n"
		 "status: {conditions: []}\n");
	const struct policy_attestor *a;

	if (set == NULL)
		return;
	CHECK_INT(set->items[0]->action, POLICY_WARN);
	CHECK_INT(set->items[0]->images.n, 2);
	a = set->items[0]->attestors.items;
	CHECK_INT(a->count, 1);
	CHECK_INT(a->nentries, 4);
	CHECK_STR(a->entries[0].name, "authority-0");
	CHECK(a->entries[0].log.ignore_tlog);
	CHECK(a->entries[0].repository == NULL);
	CHECK_STR(a->entries[1].name, "logged");
	CHECK(!a->entries[1].log.ignore_tlog);
	CHECK_STR(a->entries[1].repository, "r.example.com/sigs");
	CHECK_INT(a->entries[2].kind, POLICY_ENTRY_KEYLESS);
	CHECK(!a->entries[2].log.ignore_tlog);
	CHECK_INT(a->entries[2].keyless.items[0].issuers.n, 1);
	CHECK_INT(a->entries[2].keyless.items[0].issuers.items[0].how,
	    POLICY_REGEXP_PART);
	CHECK_INT(a->entries[3].kind, POLICY_ENTRY_FAIL);
}

TEST(attestations_replace_signatures)
{
	AUTO(policy_set)
	struct policy_set *set =
	    load(AUTHORITY(KEYED ", attestations: [{name: a, predicateType: "
				 "vuln}, {name: b, predicateType: "
				 "\"https://x\"}]"));
	const struct str_list *types;

	if (set == NULL)
		return;
	types = &set->items[0]->attestors.items[0].entries[0].predicates;
	CHECK_INT(types->n, 2);
	CHECK_STR(types->items[0],
	    "https://cosign.sigstore.dev/attestation/vuln/v1");
	CHECK_STR(types->items[1], "https://x");
}

TEST(which_pods)
{
	struct str_map labels = { 0 };
	struct pod_facts pod = { "a", "x", &labels };
	AUTO(policy_set)
	struct policy_set *set = load(WITH("match: [{version: v1, resource: "
					   "pods, selector: {matchLabels: "
					   "{app: web}}}, {group: apps, "
					   "resource: widgets}], authorities: "
					   "[{" KEYED "}]"));
	AUTO(str) char *without = NULL;
	AUTO(str) char *with = NULL;

	if (set == NULL)
		return;
	without = sample_covers(set, "nginx", &pod);
	str_map_set(&labels, "app", "web");
	with = sample_covers(set, "nginx", &pod);
	str_map_clear(&labels);
	CHECK_STR(without, "");
	CHECK_STR(with, "p");
}

/* clang-format off */
#define LAX "warning: without ctlog the transparency log is not required: nothing shows when a signature was made"

TEST(what_is_laxer_than_ours)
{
	static const struct bad cases[] = {
		{ AUTHORITY(KEYED), "p.yaml:4:46: " LAX },
		{ KEYLESS("issuer: \"https://i\", subjectRegExp: \"^a|b$\""),
		    "p.yaml:4:107: warning: subjectRegExp matches a part of the text too: begin it with ^ and end it with $" },
		{ KEYLESS(SAME_IDENTITY),
		    "" },
		{ AUTHORITY("static: {action: pass}"),
		    "p.yaml:4:64: warning: static pass admits every image, signed or not" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy_set) struct policy_set *set = sample_remarked(cases[i].text, cases[i].want);

		CHECK(set != NULL);
	}
}

TEST(what_a_pull_cannot_decide)
{
	static const struct bad cases[] = {
		{ WITH("policy: {type: cue, data: x}, authorities: [{" KEYED "}]"),
		    "p.yaml:4:40: policy: CUE and Rego are not evaluated; write attestors and attestations as kind ImagePolicy" },
		{ AUTHORITY(KEYED ", attestations: [{name: a, predicateType: vuln, policy: {type: rego}}]"),
		    "p.yaml:4:175: policy: CUE and Rego are not evaluated; write attestors and attestations as kind ImagePolicy" },
		{ AUTHORITY("key: {secretRef: {name: x}}"),
		    "p.yaml:4:64: secretRef: a Secret of the cluster cannot be read on a node; write the key as data" },
		{ AUTHORITY(KEYED ", ctlog: {trustRootRef: x}"),
		    "p.yaml:4:143: trustRootRef: a TrustRoot of the cluster cannot be read on a node" },
		{ AUTHORITY(KEYED ", source: [{tagPrefix: x}]"),
		    "p.yaml:4:142: tagPrefix: signatures under tags with a prefix are not looked for" },
		{ AUTHORITY(KEYED ", source: [{oci: a.io/x}, {oci: b.io/x}]"),
		    "p.yaml:4:129: an authority may have one source; write one authority for each" },
		{ WITH("match: [{resource: services}], authorities: [{" KEYED "}]"),
		    "p.yaml:4:39: match names no resource that has pods" },
		{ WITH("match: [{resource: deployments, selector: {matchLabels: {a: b}}}], authorities: [{" KEYED "}]"),
		    "p.yaml:4:74: labels of deployments are not known when a pod is pulled for; match pods" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(mistakes)
{
	static const struct bad cases[] = {
		{ HEAD "spec: {images: [], authorities: [{" KEYED "}]}\n", "p.yaml:4:16: images must be a list of some" },
		{ HEAD "spec: {images: [{glob: \"a{b}\"}], authorities: [{" KEYED "}]}\n",
		    "p.yaml:4:24: glob: \"a{b}\" can match nothing: no such name contains '{'" },
		{ WITH("authorities: []"), "p.yaml:4:45: authorities must be a list of some" },
		{ WITH("x: y"), "p.yaml:4:32: unknown field \"x\" in spec\np.yaml:4:7: spec needs \"authorities\"" },
		{ AUTHORITY("name: a"), "p.yaml:4:46: an authority needs one of key, keyless and static" },
		{ AUTHORITY("key: {}"), "p.yaml:4:52: key needs one of data and kms" },
		{ AUTHORITY("key: {data: x}"), "p.yaml:4:59: data must be PEM text (\"-----BEGIN PUBLIC KEY-----\")" },
		{ AUTHORITY("key: {data: \"" KEY "\", hashAlgorithm: sha512}"),
		    "p.yaml:4:135: hashAlgorithm sha512 is not supported, only sha256" },
		{ KEYLESS("issuer: i"), "p.yaml:4:70: an identity needs subject or subjectRegExp" },
		{ KEYLESS("issuer: i, subjectRegExp: \"(\""),
		    "p.yaml:4:97: subjectRegExp: missing closing parenthesis, at character 2" },
		{ AUTHORITY("keyless: {}"), "p.yaml:4:56: keyless needs \"identities\"" },
		{ AUTHORITY("static: {action: maybe}"), "p.yaml:4:64: action must be pass or fail, not \"maybe\"" },
	};

	check_all(cases, COUNT_OF(cases));
}
/* clang-format on */

TEST_MAIN

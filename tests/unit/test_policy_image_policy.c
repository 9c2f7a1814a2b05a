/* Our own kind of document: what it may say, and what is said of the rest. */
#include "policy/image_policy.h"

#include "policy_sample.h"

#define HEADER                                                                 \
	"apiVersion: pullgate.dev/v1\n"                                        \
	"kind: ImagePolicy\n"                                                  \
	"metadata: {name: p}\n"
#define ASKS   "  reference: {requireDigest: true}\n"
#define IMAGES "  images: [\"**\"]\n"
#define SPEC   HEADER "spec:\n" IMAGES
#define PEM    "\"-----BEGIN PUBLIC KEY-----\""
#define KEYS   "keys: {publicKeys: " PEM "}"
#define NO_LOG "rekor: {ignoreTlog: true}"
#define ENTRY  "{" KEYS ", " NO_LOG "}"
#define DIGEST                                                                 \
	"sha256:"                                                              \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char complete[] =
    "# All there is.\n"
    "apiVersion: pullgate.dev/v1\n"
    "kind: ImagePolicy\n"
    "metadata:\n"
    "  name: production.web-1\n"
    "  labels: {team: web}\n"
    "  annotations: {note: \"why\"}\n"
    "spec:\n"
    "  images: [\"registry.example.com/**\", docker.io/library/nginx:1.2]\n"
    "  excludeImages: [registry.example.com/scratch/*]\n"
    "  namespaces: [\"prod-*\"]\n"
    "  excludeNamespaces: [prod-test, kube-system]\n"
    "  action: warn\n"
    "  failurePolicy: Ignore\n"
    "  timeout: 2s\n"
    "  reference:\n"
    "    allow: [\"registry.example.com/**\"]\n"
    "    denyTags: [latest, \"*-rc*\"]\n"
    "    requireDigest: true\n"
    "  attestors:\n"
    "    - count: 1\n"
    "      entries:\n"
    "        - " KEYS "\n"
    "          annotations: {env: prod, build: 12}\n"
    "          " NO_LOG "\n"
    "        - keys: {file: keys/b.pub}\n"
    "          " NO_LOG "\n"
    "      repository: registry.example.com:5000/signatures\n"
    "    - entries:\n"
    "        - " ENTRY "\n"
    "        - " ENTRY "\n"
    "  digests: {allow: [" DIGEST "], deny: [" DIGEST "]}\n";

TEST(all_fields)
{
	AUTO(policy_set) struct policy_set *set = sample_good(complete);
	const struct policy *p;

	if (set == NULL)
		return;
	CHECK_INT(set->n, 1);
	p = set->items[0];
	CHECK_STR(p->name, "production.web-1");
	CHECK_STR(p->pos.file, "p.yaml");
	CHECK_INT(p->pos.line, 5);
	CHECK_INT(p->images.n, 2);
	CHECK_STR(p->images.items[1], "docker.io/library/nginx:1.2");
	CHECK_STR(p->exclude_images.items[0], "registry.example.com/scratch/*");
	CHECK_STR(p->pods.match.items[0].namespaces.items[0], "prod-*");
	CHECK_INT(p->pods.exclude.items[0].namespaces.n, 2);
	CHECK_STR(p->pods.exclude.items[0].namespaces.items[1], "kube-system");
	CHECK_INT(p->action, POLICY_WARN);
	CHECK_INT(p->failure, POLICY_IGNORE);
	CHECK_INT(p->timeout_ms, 2000);
	CHECK_STR(p->reference.allow.items[0], "registry.example.com/**");
	CHECK_STR(p->reference.deny_tags.items[1], "*-rc*");
	CHECK(p->reference.require_digest);
	CHECK_INT(p->attestors.n, 2);
	CHECK_STR(p->digests.allow.items[0], DIGEST);
	CHECK_STR(p->digests.deny.items[0], DIGEST);
	CHECK(policy_asks_for_digest(p));
	CHECK(policy_asks_for_reference(p));
}

TEST(attestors)
{
	AUTO(policy_set) struct policy_set *set = sample_good(complete);
	const struct policy_attestor *a;

	if (set == NULL)
		return;
	a = set->items[0]->attestors.items;
	CHECK_INT(a[0].count, 1);
	CHECK_INT(a[0].nentries, 2);
	CHECK_STR(a[0].entries[1].repository,
	    "registry.example.com:5000/signatures");
	CHECK_STR(a[0].entries[0].keys.pem, "-----BEGIN PUBLIC KEY-----");
	CHECK(a[0].entries[0].keys.file == NULL);
	CHECK_STR(str_map_get(&a[0].entries[0].annotations, "env"), "prod");
	CHECK_STR(str_map_get(&a[0].entries[0].annotations, "build"), "12");
	CHECK_STR(a[0].entries[1].keys.file, "keys/b.pub");
	CHECK(a[0].entries[1].keys.pem == NULL);
	CHECK_INT(a[0].entries[1].kind, POLICY_ENTRY_KEYS);
	CHECK_INT(a[0].entries[1].pos.line, 26);
	CHECK_INT(a[0].entries[1].pos.column, 11);
	CHECK_STR(a[0].entries[1].keys.pos.file, "p.yaml");
	CHECK_INT(a[0].entries[1].keys.fingerprints.n, 0);
	CHECK_INT(a[1].count, 2);
	CHECK(a[1].entries[0].repository == NULL);
}

TEST(defaults)
{
	AUTO(policy_set) struct policy_set *set = sample_good(SPEC ASKS);
	const struct policy *p;

	if (set == NULL)
		return;
	p = set->items[0];
	CHECK_INT(p->action, POLICY_ENFORCE);
	CHECK_INT(p->failure, POLICY_FAIL);
	CHECK_INT(p->timeout_ms, 10000);
	CHECK_INT(p->pods.match.n, 0);
	CHECK_INT(p->pods.exclude.n, 0);
	CHECK_INT(p->exclude_images.n, 0);
	CHECK_INT(p->attestors.n, 0);
	CHECK(!policy_asks_for_digest(p));
}

TEST(other_ways_to_write_the_same)
{
	static const char *const texts[] = {
		SPEC "  excludeImages: []\n  excludeNamespaces: []\n" ASKS,
		SPEC "  reference: {denyTags: [latest]}\n",
		SPEC "  reference: {allow: [\"**\"]}\n",
		SPEC "  digests: {deny: [" DIGEST "]}\n",
		SPEC "  digests: {allow: [" DIGEST "]}\n",
		SPEC "  reference: {}\n  digests: {deny: [" DIGEST "]}\n",
		SPEC "  action: audit\n  failurePolicy: Fail\n" ASKS,
		SPEC "  action: enforce\n  timeout: 100ms\n" ASKS,
		SPEC "  timeout: 5m\n" ASKS,
		SPEC "  reference: {}\n  attestors: [{entries: [" ENTRY "]}]\n",
		SPEC "  attestors:\n  - {count: 2, entries: [&e " ENTRY
		     ", *e]}\n",
		HEADER "spec:\r\n" IMAGES ASKS "\r\n",
		"--- # one\n" SPEC ASKS "---\n# and nothing\n",
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		AUTO(policy_set) struct policy_set *set = sample_good(texts[i]);

		CHECK(set != NULL && set->n == 1);
	}
}

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

/* clang-format off */
#define SUPPORTED \
	"supported are ImagePolicy, Attestor and Exemption of pullgate.dev/v1, ClusterPolicy and Policy of kyverno.io/v1, " \
	"ClusterImagePolicy of policy.sigstore.dev/v1beta1, and containers' policy.json"

TEST(documents_that_are_none_of_ours)
{
	static const struct bad cases[] = {
		{ "[]\n", "p.yaml:1:1: a document must be a mapping" },
		{ "policy\n", "p.yaml:1:1: a document must be a mapping" },
		{ "spec: {}\n", "p.yaml:1:1: apiVersion is missing\n"
		    "p.yaml:1:1: kind is missing" },
		{ "apiVersion: v1\n", "p.yaml:1:1: kind is missing" },
		{ "apiVersion: [v1]\nkind:\n",
		    "p.yaml:1:13: a text is expected\n"
		    "p.yaml:2:6: kind must not be empty" },
		{ "apiVersion: v1\nkind: Pod\n",
		    "p.yaml:2:7: kind \"Pod\" of apiVersion \"v1\" is not supported; " SUPPORTED },
		{ "apiVersion: pullgate.dev/v2\nkind: ImagePolicy\n",
		    "p.yaml:2:7: kind \"ImagePolicy\" of apiVersion \"pullgate.dev/v2\" is not supported; " SUPPORTED },
		{ SPEC ASKS "---\nkind: x\n", "p.yaml:8:1: apiVersion is missing" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(fields_of_the_document)
{
	static const struct bad cases[] = {
		{ HEADER, "p.yaml:1:1: ImagePolicy needs \"spec\"" },
		{ "apiVersion: pullgate.dev/v1\nkind: ImagePolicy\nspec:\n" IMAGES ASKS,
		    "p.yaml:1:1: ImagePolicy needs \"metadata\"" },
		{ SPEC ASKS "status: {}\n", "p.yaml:7:1: unknown field \"status\" in ImagePolicy" },
		{ SPEC ASKS "tests: []\n", "p.yaml:7:1: unknown field \"tests\" in ImagePolicy" },
		{ HEADER "spec: x\n", "p.yaml:4:7: spec must be a mapping" },
		{ HEADER "spec:\n", "p.yaml:4:6: spec must be a mapping" },
	};

	check_all(cases, COUNT_OF(cases));
}

#define WITH_METADATA(m)                                                       \
	"apiVersion: pullgate.dev/v1\nkind: ImagePolicy\nmetadata: " m         \
	"\nspec:\n" IMAGES ASKS
#define BAD_NAME(n)                                                            \
	"p.yaml:3:18: name \"" n "\" must be lower-case letters, digits, "     \
	"'-' and '.', as Kubernetes names are"

TEST(metadata)
{
	static const struct bad cases[] = {
		{ WITH_METADATA("{}"), "p.yaml:3:11: metadata needs \"name\"" },
		{ WITH_METADATA("[]"), "p.yaml:3:11: metadata must be a mapping" },
		{ WITH_METADATA("{name: }"), "p.yaml:3:18: name must not be empty" },
		{ WITH_METADATA("{name: \"\"}"), "p.yaml:3:18: name must not be empty" },
		{ WITH_METADATA("{name: A}"), BAD_NAME("A") },
		{ WITH_METADATA("{name: -a}"), BAD_NAME("-a") },
		{ WITH_METADATA("{name: a-}"), BAD_NAME("a-") },
		{ WITH_METADATA("{name: a..b}"), BAD_NAME("a..b") },
		{ WITH_METADATA("{name: .a}"), BAD_NAME(".a") },
		{ WITH_METADATA("{name: a.}"), BAD_NAME("a.") },
		{ WITH_METADATA("{name: a_b}"), BAD_NAME("a_b") },
		{ WITH_METADATA("{name: \"a\\nb\"}"), BAD_NAME("a\\nb") },
		{ WITH_METADATA("{name: a.-b}"), BAD_NAME("a.-b") },
		{ WITH_METADATA("{name: p, labels: []}"), "p.yaml:3:29: labels must be a mapping" },
		{ WITH_METADATA("{name: p, annotations: {a: [b]}}"), "p.yaml:3:38: a text is expected" },
		{ WITH_METADATA("{name: p, uid: 1}"), "p.yaml:3:21: unknown field \"uid\" in metadata" },
		{ WITH_METADATA("{name: p, name: q}"), "p.yaml:3:21: duplicate key \"name\"" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(fields_of_the_spec)
{
	static const struct bad cases[] = {
		{ HEADER "spec:\n" ASKS, "p.yaml:5:3: spec needs \"images\"" },
		{ SPEC ASKS "  image: x\n", "p.yaml:7:3: unknown field \"image\" in spec" },
		{ SPEC ASKS "  Action: enforce\n", "p.yaml:7:3: unknown field \"Action\" in spec" },
		{ SPEC ASKS "  podSelector: {}\n", "p.yaml:7:16: podSelector is empty: leave it out to cover every pod" },
		{ SPEC ASKS "  attestations: []\n", "p.yaml:7:17: attestations is empty: leave it out to ask for none" },
		{ SPEC ASKS "  action: Enforce\n",
		    "p.yaml:7:11: action must be enforce, warn or audit, not \"Enforce\"" },
		{ SPEC ASKS "  action:\n", "p.yaml:7:10: action must not be empty" },
		{ SPEC ASKS "  failurePolicy: ignore\n",
		    "p.yaml:7:18: failurePolicy must be Fail or Ignore, not \"ignore\"" },
		{ SPEC ASKS "  timeout: 10\n",
		    "p.yaml:7:12: a duration is expected, such as 10s or 1m30s" },
		{ SPEC ASKS "  timeout: 1ms\n", "p.yaml:7:12: 1ms is out of range (100ms to 300s)" },
		{ SPEC ASKS "  timeout: 6m\n", "p.yaml:7:12: 6m is out of range (100ms to 300s)" },
		{ SPEC ASKS "  timeout: -1s\n",
		    "p.yaml:7:12: a duration is expected, such as 10s or 1m30s" },
		{ SPEC ASKS "  namespaces: []\n",
		    "p.yaml:7:15: namespaces is empty: leave it out to cover every namespace" },
		{ SPEC ASKS "  namespaces: prod\n", "p.yaml:7:15: namespaces must be a list" },
		{ SPEC ASKS "  namespaces:\n", "p.yaml:7:14: namespaces must be a list" },
		{ SPEC ASKS "  namespaces: [Prod]\n",
		    "p.yaml:7:16: namespaces: \"Prod\" can match nothing: no such name contains 'P'" },
		{ SPEC ASKS "  excludeNamespaces: [\"\"]\n",
		    "p.yaml:7:23: excludeNamespaces must not be empty" },
		{ SPEC ASKS "  excludeNamespaces: [\"a b\"]\n",
		    "p.yaml:7:23: excludeNamespaces: a pattern must not contain white space" },
		{ SPEC ASKS "  excludeNamespaces: [a, [b], {c: d}]\n",
		    "p.yaml:7:26: a text is expected\np.yaml:7:31: a text is expected" },
	};

	check_all(cases, COUNT_OF(cases));
}

#define NO_SLASH " can match nothing: a normalised name has a registry and a '/'; write "
#define WITH_IMAGE(i) HEADER "spec:\n  images: [" i "]\n" ASKS

TEST(images_that_can_match_nothing)
{
	static const struct bad cases[] = {
		{ WITH_IMAGE(""), "p.yaml:5:11: images is empty: the policy would "
		    "cover nothing; write [\"**\"] to cover every image" },
		{ WITH_IMAGE("nginx"), "p.yaml:5:12: images: \"nginx\"" NO_SLASH "\"docker.io/library/nginx\"" },
		{ WITH_IMAGE("\"nginx*\""), "p.yaml:5:12: images: \"nginx*\"" NO_SLASH "\"docker.io/library/nginx*\"" },
		{ WITH_IMAGE("\"nginx:1.2\""), "p.yaml:5:12: images: \"nginx:1.2\"" NO_SLASH "\"docker.io/library/nginx:1.2\"" },
		{ WITH_IMAGE("\"*\""), "p.yaml:5:12: images: \"*\"" NO_SLASH "\"**\"" },
		{ WITH_IMAGE("r.example.com"), "p.yaml:5:12: images: \"r.example.com\"" NO_SLASH "\"r.example.com/**\"" },
		{ WITH_IMAGE("acme/app"), "p.yaml:5:12: images: \"acme/app\" can match nothing: "
		    "a normalised name begins with a registry; write \"docker.io/acme/app\"" },
		{ WITH_IMAGE("\"docker.io/nginx*\""), "p.yaml:5:12: images: \"docker.io/nginx*\" can match nothing: "
		    "official images are in docker.io/library; write \"docker.io/library/nginx*\"" },
		{ WITH_IMAGE("index.docker.io/acme/app"), "p.yaml:5:12: images: \"index.docker.io/acme/app\" can match nothing: "
		    "the registry is named docker.io; write \"docker.io/acme/app\"" },
		{ WITH_IMAGE("r.example.com/App"), "p.yaml:5:12: images: \"r.example.com/App\" can match nothing: "
		    "names of images have no upper-case letters" },
		{ WITH_IMAGE("R.example.com/app"), "p.yaml:5:12: images: \"R.example.com/app\" can match nothing: "
		    "names of images have no upper-case letters" },
		{ WITH_IMAGE("\"a.io/x | b.io/y\""), "p.yaml:5:12: images: a pattern must not contain white space" },
		{ WITH_IMAGE("\"a.io/{x,y}\""), "p.yaml:5:12: images: \"a.io/{x,y}\" can match nothing: no such name contains '{'" },
		{ WITH_IMAGE("\"a.io/\\xe9\""), "p.yaml:5:12: images: \"a.io/\xc3\xa9\" can match nothing: no such name contains '?'" },
		{ WITH_IMAGE("\"\""), "p.yaml:5:12: images must not be empty" },
		{ WITH_IMAGE("~"), "p.yaml:5:12: images must not be empty" },
		{ WITH_IMAGE("nginx, \"**\", redis"),
		    "p.yaml:5:12: images: \"nginx\"" NO_SLASH "\"docker.io/library/nginx\"\n"
		    "p.yaml:5:25: images: \"redis\"" NO_SLASH "\"docker.io/library/redis\"" },
		{ SPEC ASKS "  excludeImages: [nginx]\n",
		    "p.yaml:7:19: excludeImages: \"nginx\"" NO_SLASH "\"docker.io/library/nginx\"" },
		{ SPEC "  reference: {allow: [nginx]}\n",
		    "p.yaml:6:23: allow: \"nginx\"" NO_SLASH "\"docker.io/library/nginx\"" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(images_that_can_match)
{
	static const char *const texts[] = {
		WITH_IMAGE("\"**\""), WITH_IMAGE("\"**nginx\""),
		WITH_IMAGE("\"*/**\""), WITH_IMAGE("\"localhost/**\""),
		WITH_IMAGE("\"localhost:5000/app\""), WITH_IMAGE("\"registry:5000/app\""),
		WITH_IMAGE("\"docker.io/*/*\""), WITH_IMAGE("\"docker.io/**\""),
		WITH_IMAGE("\"r.example.com/app:V1-RC\""),
		WITH_IMAGE("\"**@sha256:*\""), WITH_IMAGE("\"reg?/app\""),
		WITH_IMAGE("\"[::1]:5000/**\""),
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		AUTO(policy_set) struct policy_set *set = sample_good(texts[i]);

		CHECK(set != NULL);
	}
}

TEST(a_pattern_that_is_too_long)
{
	AUTO(str) char *text = NULL;
	char glob[1026];

	memset(glob, 'a', sizeof(glob));
	memcpy(glob, "r.io/", 5);
	glob[sizeof(glob) - 1] = '\0';
	text = str_printf(HEADER "spec:\n  images: [%s]\n" ASKS, glob);
	sample_bad(text, "p.yaml:5:12: images: a pattern may have 1024 "
	    "characters, not 1025");
}

TEST(rules_about_the_reference)
{
	static const struct bad cases[] = {
		{ SPEC "  reference: []\n", "p.yaml:6:14: reference must be a mapping" },
		{ SPEC "  reference: {deny: []}\n", "p.yaml:6:15: unknown field \"deny\" in reference" },
		{ SPEC "  reference: {allow: []}\n",
		    "p.yaml:6:22: allow is empty: leave it out to allow every image" },
		{ SPEC "  reference: {denyTags: [\"a/b\"]}\n",
		    "p.yaml:6:26: denyTags: \"a/b\" can match nothing: no such name contains '/'" },
		{ SPEC "  reference: {requireDigest: yes}\n",
		    "p.yaml:6:30: true or false is expected" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(policies_that_ask_for_nothing)
{
	static const char nothing[] = "p.yaml:5:3: the policy asks for nothing: "
	    "it needs attestors, attestations, digests or rules in reference";
	static const struct bad cases[] = {
		{ SPEC, nothing },
		{ SPEC "  reference: {}\n", nothing },
		{ SPEC "  reference: {denyTags: []}\n", nothing },
		{ SPEC "  reference: {requireDigest: false}\n", nothing },
		{ SPEC "  action: audit\n", nothing },
		{ SPEC "  digests: {}\n", "p.yaml:6:12: digests needs allow, deny or both" },
		{ SPEC "  attestors: []\n",
		    "p.yaml:6:14: attestors is empty: leave it out to ask for no signatures" },
		{ SPEC "  attestors:\n", "p.yaml:6:13: attestors must be a list" },
		{ SPEC "  attestors: [{entries: []}]\n",
		    "p.yaml:6:25: entries is empty: nobody could sign" },
		{ SPEC "  attestors: [{}]\n", "p.yaml:6:15: an attestor needs \"entries\"" },
		{ SPEC "  attestors: [{entries: [{}]}]\n", "p.yaml:6:26: an entry needs one of keys, keyless, certificates and attestor" },
		{ SPEC "  attestors: [{entries: [{" NO_LOG "}]}]\n", "p.yaml:6:26: an entry needs one of keys, keyless, certificates and attestor" },
		{ SPEC "  attestors: [{entries: [~]}]\n", "p.yaml:6:26: an entry must be a mapping" },
	};

	check_all(cases, COUNT_OF(cases));
}

#define ATTESTOR(a) SPEC "  attestors:\n  - " a "\n"
#define ONE(e)      ATTESTOR("entries:\n    - " e)

TEST(attestors_that_cannot_be_meant)
{
	static const struct bad cases[] = {
		{ ATTESTOR("{count: 2, entries: [" ENTRY "]}"),
		    "p.yaml:7:13: count is 2, and there are only 1 entries" },
		{ ATTESTOR("{count: 0, entries: [" ENTRY "]}"),
		    "p.yaml:7:13: 0 is out of range (1 to 200000)" },
		{ ATTESTOR("{count: all, entries: [" ENTRY "]}"),
		    "p.yaml:7:13: a whole number is expected" },
		{ ATTESTOR("{entries: x}"), "p.yaml:7:15: entries must be a list" },
		{ ATTESTOR("{entries: [" ENTRY "], name: x}"),
		    "p.yaml:7:6: unknown field \"entries\" in an attestor with a name" },
		{ ATTESTOR("{repository: \"r.io/a:1\", entries: [" ENTRY "]}"),
		    "p.yaml:7:18: repository must have neither tag nor digest" },
		{ ATTESTOR("{repository: \"\", entries: [" ENTRY "]}"),
		    "p.yaml:7:18: repository must not be empty" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(keys_that_are_none)
{
	static const struct bad cases[] = {
		{ ONE("{keys: {}, " NO_LOG "}"), "p.yaml:8:14: keys needs one of publicKeys, file and kms" },
		{ ONE("{keys: x, " NO_LOG "}"), "p.yaml:8:14: keys must be a mapping" },
		{ ONE("{keys: {publicKeys: " PEM ", file: /k}, " NO_LOG "}"),
		    "p.yaml:8:14: keys needs one of publicKeys, file and kms" },
		{ ONE("{keys: {publicKeys: /k.pub}, " NO_LOG "}"),
		    "p.yaml:8:27: publicKeys must be PEM text (\"-----BEGIN PUBLIC KEY-----\")" },
		{ ONE("{keys: {publicKeys: }, " NO_LOG "}"),
		    "p.yaml:8:27: publicKeys must not be empty" },
		{ ONE("{keys: {file: \"\"}, " NO_LOG "}"), "p.yaml:8:21: file must not be empty" },
		{ ONE("{keys: {file: [a]}, " NO_LOG "}"), "p.yaml:8:21: a text is expected" },
		{ ONE("{keys: {url: x}, " NO_LOG "}"), "p.yaml:8:15: unknown field \"url\" in keys" },
		{ ONE("{" KEYS ", annotations: [], " NO_LOG "}"),
		    "p.yaml:8:71: annotations must be a mapping" },
		{ ONE("{" KEYS ", annotations: {a: , b: {}}, " NO_LOG "}"),
		    "p.yaml:8:75: a must not be empty\np.yaml:8:80: a text is expected" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(a_private_key_is_not_quoted)
{
	sample_bad(ONE("{keys: {publicKeys: \"-----BEGIN EC PRIVATE KEY-----\\ns3cret\"}, " NO_LOG "}"),
	    "p.yaml:8:27: publicKeys must be PEM text (\"-----BEGIN PUBLIC KEY-----\")");
}

#define CERT   "\"-----BEGIN CERTIFICATE-----\""
#define SIGNER "keyless: {issuer: \"https://i\", subject: s}"

TEST(entries_that_are_none)
{
	static const struct bad cases[] = {
		{ ONE("{" KEYS ", rekor: {ignoreTlog: \"true\"}}"), "p.yaml:8:78: true or false is expected" },
		{ ONE("{" KEYS ", rekor: {url: rekor}}"),
		    "p.yaml:8:71: url must begin with https:// or http://" },
		{ ONE("{" KEYS ", rekor: {pubkey: x, ignoreTlog: true}}"),
		    "p.yaml:8:74: pubkey must be PEM text (\"-----BEGIN PUBLIC KEY-----\")" },
		{ ONE("{" KEYS ", " NO_LOG ", ctlog: {x: y}}"), "p.yaml:8:93: unknown field \"x\" in ctlog" },
		{ ONE("{" KEYS ", " SIGNER "}"),
		    "p.yaml:8:7: an entry needs one of keys, keyless, certificates and attestor" },
		{ ONE("{certificates: {}}"), "p.yaml:8:22: certificates needs cert, certChain or both" },
		{ ONE("{certificates: {cert: x}}"),
		    "p.yaml:8:29: cert must be PEM text (\"-----BEGIN CERTIFICATE-----\")" },
		{ ONE("{attestor: {}}"), "p.yaml:8:18: an attestor needs \"entries\"" },
		{ ONE("{attestor: {entries: [" ENTRY "], count: 2}}"),
		    "p.yaml:8:116: count is 2, and there are only 1 entries" },
		{ ONE("{attestor: {entries: [" ENTRY "]}, annotations: {a: b}}"),
		    "p.yaml:8:7: beside attestor nothing else can stand: annotations, rekor and ctlog belong to its entries" },
		{ ONE("{keys: {kms: cosign}, " NO_LOG "}"),
		    "p.yaml:8:20: kms must be a URI of awskms://, gcpkms://, azurekms:// or hashivault://" },
		{ ONE("{keys: {secret: {name: x}}, " NO_LOG "}"),
		    "p.yaml:8:23: secret cannot be read on a node; put its cosign.pub there and name it with file" },
	};

	check_all(cases, COUNT_OF(cases));
}

#define NO_SIGNER                                                              \
	"p.yaml:8:17: keyless needs one of issuer and issuerRegExp, and one "  \
	"of subject and subjectRegExp"

TEST(keyless_signers_that_are_none)
{
	static const struct bad cases[] = {
		{ ONE("{keyless: {issuer: x}}"), NO_SIGNER },
		{ ONE("{keyless: {subject: x}}"), NO_SIGNER },
		{ ONE("{keyless: {issuer: x, issuerRegExp: x, subject: y}}"), NO_SIGNER },
		{ ONE("{keyless: {issuer: x, subjectRegExp: \"(\"}}"),
		    "p.yaml:8:44: subjectRegExp: missing closing parenthesis, at character 2" },
		{ ONE("{keyless: {issuer: x, subjectRegExp: \"(?=a)\"}}"),
		    "p.yaml:8:44: subjectRegExp: a construct that Go's regexp has not: \"(?=a\"" },
		{ ONE("{keyless: {issuer: x, subject: y, rekor: {}}}"),
		    "p.yaml:8:41: unknown field \"rekor\" in keyless" },
		{ ONE("{keyless: {issuer: x, subject: y, additionalExtensions: {ref: z}}}"),
		    "p.yaml:8:64: \"ref\" is no extension of a certificate: a name such as githubWorkflowRef, or an OID" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(entries_of_all_kinds)
{
	static const struct bad cases[] = {
		{ ONE("{" KEYS "}"),
		    "" },
		{ ONE("{" KEYS ", rekor: {ignoreTlog: false, url: \"https://rekor.example.com\"}}"),
		    "p.yaml:8:7: note: the log at https://rekor.example.com is not asked: its key must be in the trusted root or in rekor.pubkey" },
		{ ONE("{" KEYS ", rekor: {url: \"https://rekor.sigstore.dev\"}}"), "" },
		{ ONE("{" SIGNER ", ctlog: {ignoreSCT: true}}"),
		    "" },
		{ ONE("{keyless: {issuerRegExp: \"https://.*\", subjectRegExp: \"a|b\", roots: " CERT
		     ", additionalExtensions: {githubWorkflowRef: main, 1.3.6.1.4.1.57264.1.5: x}}}"),
		    "" },
		{ ONE("{certificates: {cert: " CERT ", certChain: " CERT "}}"),
		    "" },
		{ ONE("{keys: {kms: \"hashivault://cosign\"}, " NO_LOG "}"),
		    "p.yaml:8:7: warning: keys cannot be fetched from a KMS yet: no pull can satisfy this entry" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy_set)
		struct policy_set *set =
		    sample_remarked(cases[i].text, cases[i].want);

		CHECK(set != NULL && set->items[0]->leaves.n == 1);
	}
}

#define TEAM                                                                   \
	"---\napiVersion: pullgate.dev/v1\nkind: Attestor\nmetadata: {name: team}\n"
#define WITH_ATTESTORS(a) SPEC "  attestors:\n" a

TEST(nested_and_named_attestors)
{
	AUTO(policy_set)
	struct policy_set *set = sample_remarked(
	    WITH_ATTESTORS("  - name: team\n"
	    "  - count: 1\n"
	    "    repository: r.example.com/sigs\n"
	    "    entries:\n"
	    "    - attestor: {count: 1, entries: [" ENTRY ", {attestor: {name: team}}]}\n"
	    "    - " ENTRY "\n")
	    TEAM "spec: {count: 1, entries: [" ENTRY ", " ENTRY "]}\n", "");
	const struct policy *p;
	const struct policy_attestor *nested;

	if (set == NULL)
		return;
	p = set->items[0];
	CHECK_INT(set->nnamed, 1);
	CHECK(p->attestors.items[0].meant == set->named[0]);
	CHECK_INT(p->attestors.items[0].nentries, 0);
	nested = p->attestors.items[1].entries[0].nested;
	CHECK_STR(nested->entries[0].repository, "r.example.com/sigs");
	CHECK(nested->entries[1].nested->meant == set->named[0]);
	CHECK(set->named[0]->entries[0].repository == NULL);
	CHECK_INT(p->leaves.n, 6);
}

TEST(names_that_lead_nowhere)
{
	static const struct bad cases[] = {
		{ WITH_ATTESTORS("  - name: team\n"),
		    "p.yaml:7:5: there is no attestor \"team\": a document of kind Attestor with that name is missing" },
		{ WITH_ATTESTORS("  - name: team\n") TEAM "spec: {entries: [{attestor: {name: team}}]}\n",
		    "p.yaml:11:18: attestor \"team\" leads back to itself, or means others more than 16 deep" },
		{ TEAM "spec: {entries: [" ENTRY "]}\n" TEAM "spec: {entries: [" ENTRY "]}\n",
		    "p.yaml:9:18: there is another attestor \"team\" at p.yaml:4:18" },
		{ TEAM "spec: {}\n", "p.yaml:5:7: spec needs \"entries\"" },
		{ TEAM "spec: {name: other}\n", "p.yaml:5:8: unknown field \"name\" in spec\n"
		    "p.yaml:5:7: spec needs \"entries\"" },
	};

	check_all(cases, COUNT_OF(cases));
}

/* A few lines that mean two to the sixteenth entries are refused at once. */
TEST(attestors_that_mean_very_many)
{
	AUTO(str) char *text = mem_strdup(SPEC "  attestors: [{name: a0}]\n");
	AUTO(diag) struct diag d = { 0 };
	AUTO(policy_set) struct policy_set *set = NULL;

	for (int i = 0; i < 15; i++) {
		AUTO(str) char *entry = str_printf(i == 14 ? ENTRY
		    : "{attestor: {name: a%d}}", i + 1);
		char *longer = str_printf("%s---\napiVersion: pullgate.dev/v1\nkind: Attestor\n"
		    "metadata: {name: a%d}\nspec: {entries: [%s, %s], count: 1}\n", text, i, entry, entry);

		free(text);
		text = longer;
	}
	set = sample_load(text, &d);
	CHECK(set == NULL);
	CHECK_INT(d.n, 1);
	CHECK(d.n == 1 && strstr(d.items[0], "more than 1000 entries") != NULL);
}

#define ATTESTATION(c)                                                         \
	SPEC "  attestations:\n  - type: https://slsa.dev/provenance/v1\n"     \
	     "    attestors: [{entries: [" ENTRY "]}]\n" c

TEST(attestations)
{
	AUTO(policy_set)
	struct policy_set *set = sample_remarked(
	    ATTESTATION("    name: built\n    conditions:\n"
	    "    - all:\n"
	    "      - {key: \"{{ a }}\", operator: Equals, value: 1, message: m}\n"
	    "      - {key: \"{{ b }}\", operator: AnyIn, value: [x, y]}\n"
	    "    - any: [{key: c, operator: LessThan, value: 7d}]\n"),
	    "p.yaml:11:5: warning: conditions cannot be evaluated yet: no pull can satisfy this attestation");
	const struct policy_attestation *a;

	if (set == NULL)
		return;
	a = set->items[0]->attestations;
	CHECK_INT(set->items[0]->nattestations, 1);
	CHECK_STR(a->name, "built");
	CHECK_STR(a->type, "https://slsa.dev/provenance/v1");
	CHECK_INT(a->attestors.n, 1);
	CHECK_INT(a->conditions.n, 2);
	CHECK_STR(a->conditions.items[0].all.items[0].key, "{{ a }}");
	CHECK_STR(a->conditions.items[0].all.items[0].values.items[0], "1");
	CHECK_INT(a->conditions.items[0].all.items[1].values.n, 2);
	CHECK_STR(a->conditions.items[1].any.items[0].operator_, "LessThan");
	CHECK_INT(set->items[0]->leaves.n, 1);
}

TEST(conditions_that_are_none)
{
	static const struct bad cases[] = {
		{ ATTESTATION("    conditions: {}\n"), "p.yaml:9:17: conditions must be a list" },
		{ ATTESTATION("    conditions: [{}]\n"), "p.yaml:9:18: an item of conditions needs any or all" },
		{ ATTESTATION("    conditions: [{all: []}]\n"),
		    "p.yaml:9:24: any and all must be lists of conditions" },
		{ ATTESTATION("    conditions: [{all: [{key: a, operator: Is, value: b}]}]\n"),
		    "p.yaml:9:44: operator must be Equals, NotEquals, Equal, NotEqual, In, AnyIn, AllIn, NotIn, "
		    "AnyNotIn, AllNotIn, GreaterThan, GreaterThanOrEquals, LessThan, LessThanOrEquals, "
		    "DurationGreaterThan, DurationGreaterThanOrEquals, DurationLessThan or "
		    "DurationLessThanOrEquals, not \"Is\"" },
		{ ATTESTATION("    conditions: [{all: [{key: a, operator: In}]}]\n"),
		    "p.yaml:9:25: a condition needs \"value\"" },
		{ ATTESTATION("    conditions: [{all: [{key: a, operator: In, value: {b: c}}]}]\n"),
		    "p.yaml:9:55: value must be a text, a number or a list of these" },
		{ SPEC "  attestations: [{type: x}]\n", "p.yaml:6:18: an attestation needs \"attestors\"" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(every_complaint_in_one_run)
{
	sample_bad("apiVersion: pullgate.dev/v1\n"
	    "kind: ImagePolicy\n"
	    "metadata: {name: A}\n"
	    "spec:\n"
	    "  images: [nginx]\n"
	    "  action: block\n"
	    "  timeout: soon\n"
	    "  attestors:\n"
	    "    - entries: [{keyless: {}}]\n"
	    "    - entries: [" ENTRY "]\n"
	    "      count: 5\n"
	    "---\n"
	    "kind: Pod\n",
	    "p.yaml:3:18: name \"A\" must be lower-case letters, digits, '-' and "
	    "'.', as Kubernetes names are\n"
	    "p.yaml:5:12: images: \"nginx\"" NO_SLASH "\"docker.io/library/nginx\"\n"
	    "p.yaml:6:11: action must be enforce, warn or audit, not \"block\"\n"
	    "p.yaml:7:12: a duration is expected, such as 10s or 1m30s\n"
	    "p.yaml:9:27: keyless needs one of issuer and issuerRegExp, and one "
	    "of subject and subjectRegExp\n"
	    "p.yaml:11:14: count is 5, and there are only 1 entries\n"
	    "p.yaml:13:1: apiVersion is missing");
}
/* clang-format on */

TEST_MAIN

/* Kyverno's policies, as people have them in git. */
#include "policy/kyverno.h"

#include "policy_sample.h"

#define KEY "-----BEGIN PUBLIC KEY-----\\nx\\n-----END PUBLIC KEY-----\\n"
#define HEAD                                                                   \
	"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\n"
#define PODS         "match: {any: [{resources: {kinds: [Pod]}}]}"
#define SYSTEM       "exclude: {any: [{resources: {namespaces: [kube-system]}}]}"
#define RULE         HEAD "spec:\n  rules:\n  - name: r\n"
/* Line 6 is match, 7 is exclude, 8 is what the rule says. */
#define ABOUT(match) RULE "    " match "\n    " SYSTEM "\n"
#define VERIFY(item) ABOUT(PODS) "    verifyImages:\n    - " item "\n"
#define SIGNED                                                                 \
	"attestors: [{entries: [{keys: {publicKeys: \"" KEY                    \
	"\", rekor: {ignoreTlog: true, url: \"https://r\"}}}]}]"
#define LAX                                                                    \
	"warning: the transparency log is not required: nothing shows when "   \
	"a signature was made"

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

/* Loads, whatever is remarked upon. */
static struct policy_set *
load(const char *text)
{
	AUTO(diag) struct diag d = { 0 };
	struct policy_set *set = sample_load(text, &d);

	for (size_t i = 0; i < d.n; i++)
		FAIL("%s", d.items[i]);
	return set;
}

TEST(one_rule_one_policy)
{
	AUTO(policy_set)
	struct policy_set *set = sample_remarked(HEAD
	    "spec:\n"
	    "  validationFailureAction: enforce\n"
	    "  failurePolicy: Ignore\n"
	    "  webhookTimeoutSeconds: 20\n"
	    "  background: false\n"
	    "  rules:\n"
	    "  - name: r\n"
	    "    " PODS "\n"
	    "    " SYSTEM "\n"
	    "    verifyImages:\n"
	    "    - imageReferences: [\"r.example.com/*\"]\n"
	    "      skipImageReferences: [\"r.example.com/free*\"]\n"
	    "      repository: r.example.com/sigs\n"
	    "      annotations: {env: prod}\n"
	    "      " SIGNED "\n",
	    "p.yaml:18:131: " LAX);
	const struct policy *p;
	const struct policy_entry *e;

	if (set == NULL)
		return;
	CHECK_INT(set->n, 1);
	p = set->items[0];
	CHECK_STR(p->name, "p/r");
	CHECK_INT(p->pos.line, 10);
	CHECK_INT(p->action, POLICY_ENFORCE);
	CHECK_INT(p->failure, POLICY_IGNORE);
	CHECK_INT(p->timeout_ms, 20000);
	CHECK(!p->reference.require_digest);
	CHECK_INT(p->attestors.n, 1);
	CHECK_INT(p->attestors.items[0].count, 1);
	e = p->attestors.items[0].entries;
	CHECK_STR(e->repository, "r.example.com/sigs");
	CHECK_STR(str_map_get(&e->annotations, "env"), "prod");
	CHECK(e->log.ignore_tlog);
}

TEST(which_images)
{
	static const char digest[] =
	    "r.example.com/app:v1@sha256:"
	    "0000000000000000000000000000000000000000000000000000000000000000";
	static const struct {
		const char *references, *image;
		bool want;
	} cases[] = {
		{ "\"*\"", "nginx", true },
		{ "\"docker.io/nginx*\"", "nginx", true },
		{ "\"docker.io/nginx*\"", "docker.io/library/nginx:1", true },
		{ "\"docker.io/library/nginx*\"", "nginx", true },
		{ "\"nginx*\"", "nginx", false },
		{ "\"docker.io/*\"", "acme/app", true },
		{ "\"r.example.com/*\"", "r.example.com/a/b/c:1", true },
		{ "\"r.example.com/*:v1\"", "r.example.com/a:v1", true },
		{ "\"r.example.com/*:v1\"", digest, false },
		{ "\"r.example.com/*@sha256:*\"", digest, true },
		{ "\"r.example.com/ap?:*\"", "r.example.com/app", true },
		{ "\"r.example.com/app\"", "r.example.com/app", false },
		{ "\"r.example.com/app:latest\"", "r.example.com/app", true },
		{ "\"a.example.com/*\", \"b.example.com/*\"", "b.example.com/x",
		    true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str)
		char *text =
		    str_printf(VERIFY("{imageReferences: [%s], " SIGNED "}"),
			cases[i].references);
		AUTO(policy_set) struct policy_set *set = load(text);
		AUTO(str) char *got = NULL;

		if (set == NULL)
			continue;
		got = sample_covers(set, cases[i].image, NULL);
		if ((strcmp(got, "p/r") == 0) != cases[i].want)
			FAIL("%s %s %s", cases[i].references,
			    cases[i].want ? "should match" : "should not match",
			    cases[i].image);
	}
}

#define RES(r) "{resources: {" r "}}"

TEST(which_pods)
{
	struct str_map labels = { 0 };
	const struct {
		const char *match;
		const char *namespace_, *pod;
		bool want;
	} cases[] = {
		{ "match: {any: [" RES("kinds: [Pod]") "]}", NULL, NULL, true },
		{ "match: {any: [" RES("kinds: [v1/Pod]") "]}", "a", "x",
		    true },
		{ "match: {any: [" RES("kinds: [\"*/Pod\"]") "]}", "a", "x",
		    true },
		{ "match: {any: [" RES("kinds: [\"*\"]") "]}", "a", "x", true },
		{ "match: {any: [" RES("kinds: [Pod/ephemeralcontainers]") "]}",
		    "a", "x", true },
		{ "match: " RES("kinds: [Pod], namespaces: [\"prod-*\"]"),
		    "prod-1", "x", true },
		{ "match: " RES("kinds: [Pod], namespaces: [\"prod-*\"]"),
		    "dev", "x", false },
		{ "match: " RES("kinds: [Pod], namespaces: [\"prod-*\"]"), NULL,
		    NULL, false },
		{ "match: {any: [" RES("kinds: [Pod], namespaces: [a]") ", " RES(
		      "kinds: [Pod], namespaces: [b]") "]}",
		    "b", "x", true },
		{ "match: {all: [" RES("kinds: [Pod], namespaces: [\"a*\"]") ", " RES(
		      "kinds: [Pod], namespaces: [\"*b\"]") "]}",
		    "ab", "x", true },
		{ "match: {all: [" RES("kinds: [Pod], namespaces: [\"a*\"]") ", " RES(
		      "kinds: [Pod], namespaces: [\"*b\"]") "]}",
		    "ac", "x", false },
		{ "match: {any: [" RES("kinds: [Service], namespaces: [a]") ", " RES(
		      "kinds: [Pod], namespaces: [b]") "]}",
		    "a", "x", false },
		{ "match: " RES("kinds: [Pod], names: [\"web-*\"]"), "a",
		    "web-1", true },
		{ "match: " RES("kinds: [Pod], names: [\"web-*\"]"), "a",
		    "db-1", false },
		{ "match: " RES(
		      "kinds: [Pod], selector: {matchLabels: {app: web}}"),
		    "a", "x", true },
		{ "match: " RES(
		      "kinds: [Pod], selector: {matchLabels: {app: \"w*\"}}"),
		    "a", "x", true },
		{ "match: " RES(
		      "kinds: [Pod], selector: {matchLabels: {app: db}}"),
		    "a", "x", false },
		{ "match: " RES("kinds: [Deployment, StatefulSet]"), "a", "x",
		    true },
		{ "match: " RES("kinds: [Pod], operations: [CREATE]"), "a", "x",
		    true },
		{ "match: " RES("kinds: [Pod]"), "kube-system", "x", false },
	};

	str_map_set(&labels, "app", "web");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct pod_facts pod = { cases[i].namespace_, cases[i].pod,
			cases[i].pod == NULL ? NULL : &labels };
		AUTO(str)
		char *text = str_printf(RULE
		    "    %s\n    " SYSTEM "\n    verifyImages:\n    - "
		    "{imageReferences: [\"*\"], " SIGNED "}\n",
		    cases[i].match);
		AUTO(policy_set) struct policy_set *set = load(text);
		AUTO(str) char *got = NULL;

		if (set == NULL)
			continue;
		got = sample_covers(set, "nginx", &pod);
		if ((strcmp(got, "p/r") == 0) != cases[i].want)
			FAIL("%s in %s: %s", cases[i].match,
			    cases[i].namespace_ == NULL ? "(none)"
							: cases[i].namespace_,
			    got);
	}
	str_map_clear(&labels);
}

TEST(a_policy_of_a_namespace)
{
	static const char text[] =
	    "apiVersion: kyverno.io/v2beta1\nkind: Policy\n"
	    "metadata: {name: p, namespace: team}\n"
	    "spec: {rules: [{name: r, " PODS
	    ", verifyImages: [{imageReferences:"
	    " [\"*\"], " SIGNED "}]}]}\n";
	struct pod_facts own = { "team", "x", NULL };
	struct pod_facts other = { "teams", "x", NULL };
	AUTO(policy_set) struct policy_set *set = load(text);
	AUTO(str) char *in = NULL;
	AUTO(str) char *out = NULL;
	AUTO(str) char *none = NULL;

	if (set == NULL)
		return;
	in = sample_covers(set, "nginx", &own);
	out = sample_covers(set, "nginx", &other);
	none = sample_covers(set, "nginx", NULL);
	CHECK_STR(in, "team/p/r");
	CHECK_STR(out, "");
	CHECK_STR(none, "");
	sample_bad("apiVersion: kyverno.io/v1\nkind: Policy\n"
		   "metadata: {name: p}\nspec: {rules: []}\n",
	    "p.yaml:3:11: a Policy needs metadata.namespace: it is for the "
	    "pods of that namespace");
}

TEST(counts_and_keys)
{
	static const struct {
		const char *set;
		size_t count, entries;
	} cases[] = {
		{ "{entries: [{keys: {publicKeys: \"" KEY "\"}}]}", 1, 1 },
		{ "{count: 0, entries: [{keys: {publicKeys: \"" KEY KEY
		  "\"}}]}",
		    2, 2 },
		{ "{count: 1, entries: [{keys: {publicKeys: \"" KEY KEY KEY
		  "\"}}]}",
		    1, 3 },
		{ "{entries: [{keys: {publicKeys: \"" KEY KEY
		  "\"}}, {keyless: {issuer: i, subject: s}}]}",
		    3, 3 },
		{ "{count: 2, entries: [{attestor: {entries: [{keys: "
		  "{publicKeys: \"" KEY
		  "\"}}]}}, {certificates: {cert: \"-----BEGIN "
		  "CERTIFICATE-----\"}}]}",
		    2, 2 },
		{ "{entries: [{keys: {kms: \"awskms:///alias/x\"}}]}", 1, 1 },
		{ "{entries: [{keys: {publicKeys: \"hashivault://cosign\"}}]}",
		    1, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str)
		char *text = str_printf(
		    VERIFY("{imageReferences: [\"*\"], attestors: [%s]}"),
		    cases[i].set);
		AUTO(policy_set) struct policy_set *set = load(text);
		const struct policy_attestor *a;

		printf("# %s\n", cases[i].set);
		if (set == NULL)
			continue;
		a = set->items[0]->attestors.items;
		CHECK_INT(a->count, cases[i].count);
		CHECK_INT(a->nentries, cases[i].entries);
		for (size_t k = 0; k < a->nentries; k++)
			CHECK(a->entries[k].keys.pem == NULL ||
			      strstr(strstr(a->entries[k].keys.pem, "END"),
				  "BEGIN") == NULL);
	}
}

TEST(identities_as_kyverno_means_them)
{
	AUTO(policy_set)
	struct policy_set *set = sample_remarked(
	    VERIFY("{imageReferences: [\"*\"], attestors: [{entries: "
		   "[{keyless: {issuer: \"https://i\", subject: "
		   "\"https://github.com/acme/*\", subjectRegExp: \"acme\"}}, "
		   "{keyless: {roots: \"-----BEGIN CERTIFICATE-----\"}}]}]}"),
	    "p.yaml:10:96: warning: subject has a wildcard, which takes '/' and "
	    "everything else\n"
	    "p.yaml:10:140: warning: subjectRegExp matches a part of the text "
	    "too: begin it with ^ and end it with $\n"
	    "p.yaml:10:160: warning: keyless without subject takes the "
	    "signature of any");
	const struct policy_identity *id;

	if (set == NULL)
		return;
	id = set->items[0]->attestors.items[0].entries[0].keyless.items;
	CHECK_INT(id->subjects.n, 2);
	CHECK(policy_text_holds(&id->subjects.items[0],
	    "https://github.com/acme/a/b/c@refs/heads/main"));
	CHECK(policy_text_holds(&id->subjects.items[1], "x-acme-y"));
	CHECK(!policy_text_holds(&id->issuers.items[0], "https://i2"));
}

TEST(bundles_name_exactly)
{
	AUTO(policy_set)
	struct policy_set *set =
	    load(VERIFY("{imageReferences: [\"*\"], type: SigstoreBundle, "
			"attestors: [{entries: [{keyless: {issuer: i, subject: "
			"\"s*\"}}]}]}"));

	if (set == NULL)
		return;
	CHECK_INT(set->items[0]
		      ->attestors.items[0]
		      .entries[0]
		      .keyless.items[0]
		      .subjects.items[0]
		      .how,
	    POLICY_EXACTLY);
}

TEST(the_older_form)
{
	AUTO(policy_set)
	struct policy_set *key =
	    sample_remarked(VERIFY("{image: \"ghcr.io/x:*\", key: \"" KEY
				   "\", annotations: {a: b}}"),
		"");
	AUTO(policy_set)
	struct policy_set *keyless =
	    load(VERIFY("{image: \"ghcr.io/x:*\", issuer: i, subject: s, "
			"roots: \"-----BEGIN CERTIFICATE-----\"}"));
	AUTO(policy_set)
	struct policy_set *attested =
	    load(VERIFY("{image: \"ghcr.io/x:*\", key: \"" KEY
			"\", attestations: [{predicateType: t}]}"));
	const struct policy_entry *e;

	if (key == NULL || keyless == NULL || attested == NULL)
		return;
	CHECK_STR(key->items[0]->images.items[0], "ghcr.io/x:*");
	e = key->items[0]->attestors.items[0].entries;
	CHECK_INT(e->kind, POLICY_ENTRY_KEYS);
	CHECK(!e->log.ignore_tlog);
	CHECK_STR(str_map_get(&e->annotations, "a"), "b");
	e = keyless->items[0]->attestors.items[0].entries;
	CHECK_INT(e->kind, POLICY_ENTRY_KEYLESS);
	CHECK_STR(e->keyless.items[0].issuers.items[0].text, "i");
	CHECK(e->keyless.roots != NULL);
	CHECK_INT(attested->items[0]->attestors.n, 0);
	CHECK_INT(attested->items[0]->nattestations, 1);
	CHECK_INT(attested->items[0]->attestations[0].attestors.n, 1);
	CHECK_STR(attested->items[0]->attestations[0].type, "t");
}

TEST(several_items_and_digests)
{
	AUTO(policy_set)
	struct policy_set *set =
	    load(ABOUT(PODS) "    verifyImages:\n"
			     "    - {imageReferences: [\"a.io/*\"], " SIGNED
			     ", mutateDigest: false, required: true}\n"
			     "    - {imageReferences: [\"b.io/*\"], " SIGNED
			     ", mutateDigest: false, verifyDigest: false, "
			     "failureAction: Enforce}\n");

	if (set == NULL)
		return;
	CHECK_INT(set->n, 2);
	CHECK_STR(set->items[0]->name, "p/r[0]");
	CHECK_STR(set->items[1]->name, "p/r[1]");
	CHECK(set->items[0]->reference.require_digest);
	CHECK(!set->items[1]->reference.require_digest);
	CHECK_INT(set->items[0]->action, POLICY_AUDIT);
	CHECK_INT(set->items[1]->action, POLICY_ENFORCE);
}

TEST(actions_for_namespaces)
{
	AUTO(policy_set)
	struct policy_set *set = load(
	    HEAD "spec:\n"
		 "  validationFailureAction: Enforce\n"
		 "  validationFailureActionOverrides:\n"
		 "  - {action: audit, namespaces: [\"dev-*\"]}\n"
		 "  rules:\n"
		 "  - name: r\n"
		 "    " PODS "\n"
		 "    verifyImages: [{imageReferences: [\"*\"], " SIGNED "}]\n"
		 "  - name: s\n"
		 "    " PODS "\n"
		 "    verifyImages: [{imageReferences: [\"*\"], failureAction: "
		 "Enforce, " SIGNED "}]\n");

	if (set == NULL)
		return;
	CHECK_INT(policy_action_for(set->items[0], "dev-1"), POLICY_AUDIT);
	CHECK_INT(policy_action_for(set->items[0], "prod"), POLICY_ENFORCE);
	CHECK_INT(policy_action_for(set->items[0], NULL), POLICY_ENFORCE);
	CHECK_INT(policy_action_for(set->items[1], "dev-1"), POLICY_ENFORCE);
}

#define EVERY(p)                                                               \
	ABOUT(PODS)                                                            \
	"    validate:\n"                                                      \
	"      message: use ours\n"                                            \
	"      pattern:\n"                                                     \
	"        spec:\n"                                                      \
	"          =(ephemeralContainers): [{image: " p "}]\n"                 \
	"          =(initContainers): [{=(image): " p "}]\n"                   \
	"          containers: [{name: \"*\", image: " p "}]\n"

TEST(patterns_of_images)
{
	static const struct {
		const char *pattern, *image;
		bool want;
	} cases[] = {
		{ "\"gcr.io/* | my.private.registry/*\"", "gcr.io/x/y:1",
		    true },
		{ "\"gcr.io/* | my.private.registry/*\"",
		    "my.private.registry/x", true },
		{ "\"gcr.io/* | my.private.registry/*\"", "nginx", false },
		{ "\"!*:latest\"", "nginx:1.2", true },
		{ "\"!*:latest\"", "nginx:latest", false },
		{ "\"!*:latest\"", "nginx", false },
		{ "\"*:*\"", "nginx:1", true },
		{ "\"!docker.io/*\"", "nginx", false },
		{ "\"!nginx*\"", "nginx:1", false },
		{ "\"*/* & !*:latest\"", "a/b:1", true },
		{ "\"*/* & !*:latest\"", "b:1", false },
		{ "\"a/* & *:1 | b/*\"", "b/x:2", true },
		{ "\"a/* & *:1 | b/*\"", "a/x:2", false },
		{ "\"ngin?:*\"", "nginx:1", true },
		{ "nginx", "nginx", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str)
		char *text = str_printf(EVERY("%s"), cases[i].pattern,
		    cases[i].pattern, cases[i].pattern);
		AUTO(policy_set) struct policy_set *set = sample_good(text);
		AUTO(str) char *got = NULL;
		AUTO(str) char *clean = mem_strdup(cases[i].pattern);

		if (set == NULL)
			continue;
		got = sample_reference(set, cases[i].image);
		if ((got[0] == '\0') != cases[i].want)
			FAIL("%s, %s: %s", cases[i].pattern, cases[i].image,
			    got);
		if (!cases[i].want)
			CHECK(strstr(got, "image does not match") == got &&
			      strstr(got, ": use ours") != NULL);
	}
}

TEST(other_ways_to_write_patterns)
{
	AUTO(policy_set)
	struct policy_set *any = load(ABOUT(
	    PODS) "    validate:\n"
		  "      anyPattern:\n"
		  "      - {spec: {containers: [{image: \"a.io/*\"}]}}\n"
		  "      - {spec: {containers: [{image: \"b.io/*\"}]}}\n");
	AUTO(policy_set)
	struct policy_set *each =
	    load(ABOUT(PODS) "    validate:\n"
			     "      foreach:\n"
			     "      - list: request.object.spec.containers\n"
			     "        pattern: {image: \"a.io/*\"}\n"
			     "      failureAction: Enforce\n");
	AUTO(policy_set)
	struct policy_set *owner = load(ABOUT(
	    "match: {resources: {kinds: [Deployment]}}") "    validate: {pattern: {spec: {template: {spec: {containers: "
							 "[{image: \"a.io/*\"}]}}}}}\n");
	AUTO(str) char *b = NULL;
	AUTO(str) char *c = NULL;

	if (any == NULL || each == NULL || owner == NULL)
		return;
	b = sample_reference(any, "b.io/x");
	c = sample_reference(any, "c.io/x");
	CHECK_STR(b, "");
	CHECK_STR(c, "image does not match \"a.io/* | b.io/*\"");
	CHECK_INT(each->items[0]->action, POLICY_ENFORCE);
	CHECK_STR(owner->items[0]->reference.patterns.items[0], "a.io/*");
}

/* roots alone still ask for a signature. */
TEST(the_old_form_with_roots_alone)
{
	AUTO(policy_set)
	struct policy_set *set = sample_remarked(
	    VERIFY("{image: \"x/*\", roots: \"-----BEGIN CERTIFICATE-----\"}"),
	    "p.yaml:10:7: warning: keyless without subject takes the signature "
	    "of any");

	CHECK(set != NULL && set->n == 1);
	if (set != NULL && set->n == 1)
		CHECK_INT(set->items[0]->attestors.n, 1);
}

TEST(rules_about_other_things_are_left_out)
{
	static const char *const rules[] = {
		"    validate: {pattern: {spec: {hostNetwork: \"false\"}}}\n",
		"    validate: {message: \"{{ element.image }}\", pattern: "
		"{metadata: {labels: {a: \"?*\"}}}}\n",
		"    validate: {pattern: {spec: {containers: [{(image): "
		"\"*:latest\", imagePullPolicy: Always}]}}}\n",
		"    validate: {podSecurity: {level: baseline, exclude: "
		"[{controlName: x, images: [nginx]}]}}\n",
		"    mutate: {patchStrategicMerge: {spec: {containers: "
		"[{image: x}]}}}\n",
		"    generate: {kind: ConfigMap}\n",
		"    validate: {pattern: {spec: {imagePullSecrets: [{name: "
		"\"?*\"}]}}}\n",
	};

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		AUTO(str) char *text = str_printf(ABOUT(PODS) "%s", rules[i]);
		AUTO(policy_set)
		struct policy_set *set = sample_remarked(text,
		    "p.yaml:6:11: note: rule \"r\" is not about images: left "
		    "out");

		printf("# %s", rules[i]);
		CHECK(set != NULL && set->n == 0);
	}
}

#define NO_PODS                                                                \
	"p.yaml:6:11: note: rule \"r\" is not about pods that are made: left " \
	"out"

TEST(image_rules_that_are_for_no_pods)
{
	static const char *const matches[] = {
		"match: {any: [" RES(
		    "kinds: [Task, tekton.dev/v1/Pipeline]") "]}",
		"match: {any: [" RES("kinds: [Pod], operations: [DELETE]") "]}",
		"match: {all: [" RES("kinds: [Pod]") ", " RES(
		    "kinds: [Service]") "]}",
	};

	for (size_t i = 0; i < COUNT_OF(matches); i++) {
		AUTO(str)
		char *text = str_printf(RULE
		    "    %s\n    verifyImages: "
		    "[{imageReferences: [\"*\"], " SIGNED "}]\n",
		    matches[i]);
		AUTO(policy_set)
		struct policy_set *set = sample_remarked(text, NO_PODS);

		CHECK(set != NULL && set->n == 0);
	}
}

TEST(preconditions_on_the_operation)
{
	static const struct {
		const char *text;
		size_t policies;
	} cases[] = {
		{ "{all: [{key: \"{{ request.operation || 'BACKGROUND' }}\", "
		  "operator: NotEquals, value: DELETE}]}",
		    1 },
		{ "{any: [{key: \"{{request.operation}}\", operator: AnyIn, "
		  "value: [CREATE, UPDATE]}]}",
		    1 },
		{ "[{key: \"{{request.operation}}\", operator: Equals, value: "
		  "DELETE}]",
		    0 },
		{ "{all: []}", 1 },
	};

	for (size_t i = 0; i + 1 < COUNT_OF(cases); i++) {
		AUTO(str)
		char *text =
		    str_printf(ABOUT(PODS) "    preconditions: %s\n    "
					   "verifyImages: [{imageReferences: "
					   "[\"*\"], " SIGNED "}]\n",
			cases[i].text);
		AUTO(policy_set) struct policy_set *set = load(text);

		CHECK(set != NULL && set->n == cases[i].policies);
	}
}

/* clang-format off */
#define IMAGES "imageReferences: [\"*\"]"
#define ENTRY(e) VERIFY("{" IMAGES ", attestors: [{entries: [" e "]}]}")

TEST(what_a_pull_cannot_decide)
{
	static const struct bad cases[] = {
		{ RULE "    match: {any: [{resources: {kinds: [Pod], namespaceSelector: {matchLabels: {a: b}}}}]}\n"
		  "    verifyImages: [{" IMAGES ", " SIGNED "}]\n",
		    "p.yaml:7:65: namespaceSelector: a pull names a namespace and not its labels; write namespaces" },
		{ RULE "    match: {any: [{resources: {kinds: [Pod]}, subjects: [{kind: User, name: x}]}]}\n"
		  "    verifyImages: [{" IMAGES ", " SIGNED "}]\n",
		    "p.yaml:7:57: subjects: who made the pod is not known when it is pulled for" },
		{ RULE "    match: {any: [{resources: {kinds: [Pod], annotations: {a: b}}}]}\n"
		  "    verifyImages: [{" IMAGES ", " SIGNED "}]\n",
		    "p.yaml:7:59: annotations: annotations of pods are not matched; write selector, on labels" },
		{ RULE "    match: {any: [{resources: {kinds: [Deployment], names: [a]}}]}\n"
		  "    verifyImages: [{" IMAGES ", " SIGNED "}]\n",
		    "p.yaml:7:60: names and labels of what owns a pod are not known when it is pulled for; match kind Pod" },
		{ RULE "    " PODS "\n    exclude: {any: [{clusterRoles: [admin]}]}\n    verifyImages: [{" IMAGES ", " SIGNED "}]\n",
		    "p.yaml:8:36: clusterRoles: who made the pod is not known when it is pulled for" },
		{ ABOUT(PODS) "    context: [{name: keys, configMap: {name: keys}}]\n    verifyImages: [{" IMAGES ", " SIGNED "}]\n",
		    "p.yaml:9:14: context: what the cluster knows is not known at pull time" },
		{ ABOUT(PODS) "    preconditions: {all: [{key: \"{{ request.object.metadata.name }}\", operator: Equals, value: a}]}\n"
		  "    verifyImages: [{" IMAGES ", " SIGNED "}]\n",
		    "p.yaml:9:27: preconditions: \"{{ request.object.metadata.name }}\" is not known at pull time" },
		{ ABOUT(PODS) "    validate: {deny: {conditions: {any: [{key: \"{{ images.[containers][].*.name[] }}\", operator: AnyIn, value: x}]}}}\n",
		    "p.yaml:9:22: deny: conditions on images are not evaluated at pull time" },
		{ ABOUT(PODS) "    context: [{name: i, variable: {jmesPath: \"request.object.spec.containers[].image\"}}]\n    validate: {deny: {conditions: {any: [{key: \"{{ i }}\", operator: AnyIn, value: x}]}}}\n",
		    "p.yaml:9:14: context: what the cluster knows is not known at pull time" },
		{ ABOUT(PODS) "    validate: {assert: {object: {spec: {~.containers: {\"(contains(image, 'x'))\": true}}}}}\n",
		    "p.yaml:9:24: assert: assertions on images are not evaluated at pull time" },
		{ ABOUT(PODS) "    validate: {cel: {expressions: [{expression: \"object.spec.containers.all(c, c.image.startsWith('x'))\"}]}}\n",
		    "p.yaml:9:21: cel: expressions on images are not evaluated at pull time" },
		{ ABOUT(PODS) "    validate: {deny: {conditions: {any: [{key: \"{{ images.containers.*.registry }}\", operator: AnyIn, value: x}]}}}\n",
		    "p.yaml:9:22: deny: conditions on images are not evaluated at pull time" },
		{ ABOUT(PODS) "    validate: {cel: {expressions: [{expression: \"object.spec.containers.all(c, c.image.startsWith('a'))\"}]}}\n",
		    "p.yaml:9:21: cel: expressions on images are not evaluated at pull time" },
		{ ABOUT(PODS) "    validate: {pattern: {spec: {containers: [{image: \"a/*\", imagePullPolicy: Always}]}}}\n",
		    "p.yaml:9:61: \"imagePullPolicy\" beside image cannot be decided at pull time" },
		{ ABOUT(PODS) "    validate: {pattern: {metadata: {name: x}, spec: {containers: [{image: \"a/*\"}]}}}\n",
		    "p.yaml:9:26: \"metadata\" beside image cannot be decided at pull time" },
		{ ABOUT(PODS) "    validate: {pattern: {spec: {containers: [{image: \"a/*\"}], initContainers: [{image: \"b/*\"}]}}}\n",
		    "p.yaml:9:88: containers of several sorts may have different images, and a pull does not say which sort it is for" },
		{ ABOUT(PODS) "    validate: {pattern: {spec: {containers: [{image: \"{{ x }}/*\"}]}}}\n",
		    "p.yaml:9:54: image: \"{{ x }}/*\" has a variable, which is not known at pull time" },
		{ ABOUT(PODS) "    validate: {pattern: {spec: {^(containers): [{image: \"a/*\"}]}}}\n",
		    "p.yaml:9:33: \"^(containers)\" beside image cannot be decided at pull time" },
		{ VERIFY("{" IMAGES ", " SIGNED ", validate: {deny: {}}}"),
		    "p.yaml:10:196: validate: conditions on an image are not evaluated at pull time" },
		{ VERIFY("{" IMAGES ", type: Notary, " SIGNED "}"),
		    "p.yaml:10:38: type: signatures of Notary cannot be verified" },
		{ ENTRY("{keys: {publicKeys: \"{{ keys.data.a }}\"}}"),
		    "p.yaml:10:75: publicKeys has a variable, which is not known at pull time" },
		{ ENTRY("{keys: {publicKeys: \"k8s://ns/key\"}}"),
		    "p.yaml:10:75: a Secret of the cluster cannot be read on a node; write the public key itself" },
		{ ENTRY("{keys: {secret: {name: a, namespace: b}}}"),
		    "p.yaml:10:71: a Secret of the cluster cannot be read on a node; write the public key itself" },
		{ ENTRY("{keys: {publicKeys: \"" KEY "\", signatureAlgorithm: sha512}}"),
		    "p.yaml:10:156: signatureAlgorithm sha512 is not supported, only sha256" },
		{ HEAD "spec:\n  applyRules: One\n  rules:\n  - {name: r, " PODS ", verifyImages: [{" IMAGES ", " SIGNED "}]}\n"
		  "  - {name: s, " PODS ", validate: {pattern: {a: b}}}\n",
		    "p.yaml:7:12: applyRules One: which rule comes first cannot be decided at pull time; use All" },
	};

	check_all(cases, COUNT_OF(cases));
}

TEST(mistakes)
{
	static const struct bad cases[] = {
		{ HEAD "spec: {}\n", "p.yaml:4:7: spec needs \"rules\"" },
		{ HEAD "spec: {rules: {}}\n", "p.yaml:4:15: rules must be a list" },
		{ HEAD "spec: {rules: [], action: x}\n", "p.yaml:4:19: unknown field \"action\" in spec" },
		{ HEAD "spec: {rules: [{name: r, verifyImages: []}]}\n", "p.yaml:4:23: rule \"r\" needs match" },
		{ HEAD "spec: {rules: [{name: r, match: {}, verifyImages: [{" IMAGES "}]}]}\n", "p.yaml:4:33: match is empty" },
		{ HEAD "spec: {validationFailureAction: Block, rules: [{name: r, " PODS ", " SYSTEM ", verifyImages: [{" IMAGES ", " SIGNED "}]}]}\n",
		    "p.yaml:4:33: the action must be Enforce or Audit, not \"Block\"" },
		{ VERIFY("{" SIGNED "}"), "p.yaml:10:7: an item of verifyImages needs imageReferences" },
		{ VERIFY("{imageReferences: [], " SIGNED "}"),
		    "p.yaml:10:25: imageReferences is empty: the rule would cover nothing" },
		{ VERIFY("{imageReferences: [\"{{ x }}\"], " SIGNED "}"),
		    "p.yaml:10:26: imageReferences: a variable is not known at pull time" },
		{ VERIFY("{" IMAGES ", attestors: [{entries: []}]}"), "p.yaml:10:54: entries must be a list of some" },
		{ ENTRY("{}"), "p.yaml:10:55: an entry needs one of keys, keyless, certificates and attestor" },
		{ ENTRY("{keys: {}}"), "p.yaml:10:62: keys needs one of publicKeys and kms" },
		{ ENTRY("{keys: {publicKeys: x}}"),
		    "p.yaml:10:75: publicKeys must be PEM text (\"-----BEGIN PUBLIC KEY-----\") or the URI of a KMS" },
		{ ENTRY("{keyless: {issuer: i, subjectRegExp: \"(\"}}"),
		    "p.yaml:10:92: subjectRegExp: missing closing parenthesis, at character 2" },
		{ VERIFY("{" IMAGES ", attestors: [{count: 2, entries: [{keys: {publicKeys: \"" KEY "\"}}]}]}"),
		    "p.yaml:10:52: count is 2, and there are only 1 entries" },
		{ VERIFY("{" IMAGES ", key: \"" KEY "\", " SIGNED "}"),
		    "p.yaml:10:7: key, issuer, subject and roots cannot stand beside attestors" },
		{ VERIFY("{" IMAGES ", attestations: [{}]}"), "p.yaml:10:47: an attestation needs type" },
		{ "apiVersion: policies.kyverno.io/v1\nkind: ImageValidatingPolicy\nmetadata: {name: x}\nspec: {}\n",
		    "p.yaml:2:7: kind \"ImageValidatingPolicy\" is written in CEL, which is not evaluated yet; "
		    "write the same as kind ClusterPolicy or ImagePolicy" },
	};

	check_all(cases, COUNT_OF(cases));
}
/* clang-format on */

TEST(lists_and_other_bytes)
{
	AUTO(policy_set)
	struct policy_set *set = load(
	    "\xef\xbb\xbf"
	    "apiVersion: v1\r\nkind: List\r\nitems:\r\n"
	    "- apiVersion: kyverno.io/v1\r\n"
	    "  kind: ClusterPolicy\r\n"
	    "  metadata: {name: p, uid: 1, managedFields: [{a: b}]}\r\n"
	    "  spec:\r\n"
	    "    rules:\r\n"
	    "    - &r\r\n"
	    "      name: r\r\n"
	    "      " PODS "\r\n"
	    "      verifyImages: [{imageReferences: [\"*\"], " SIGNED "}]\r\n"
	    "    - {<<: *r, name: s}\r\n"
	    "  status: {ready: true}\r\n"
	    "- {apiVersion: v1, kind: List, items: []}\r\n");

	CHECK(set != NULL && set->n == 2);
	sample_bad("apiVersion: v1\nkind: List\nitems:\n\t- a\n",
	    "p.yaml:4:1: found character that cannot start any token");
}

TEST_MAIN

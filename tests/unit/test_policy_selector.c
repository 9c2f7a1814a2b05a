#include "policy/selector.h"

#include "test.h"

static int
parse(const char *text, struct selector *ret, struct diag *d)
{
	AUTO(yaml) struct yaml_file *file = NULL;

	if (yaml_parse(slice_str(text), "p.yaml", &file, d) < 0)
		return -1;
	return selector_read(yaml_doc_root(file, 0), "podSelector", ret, d);
}

/* "a=1,b=2"; NULL stands for no pod. */
static bool
matches(const char *selector, const char *labels)
{
	struct selector s = { 0 };
	AUTO(str_map) struct str_map map = { 0 };
	AUTO(diag) struct diag d = { 0 };
	char text[100], *rest = text, *pair;
	bool got;

	if (parse(selector, &s, &d) < 0)
		FAIL("%s: %s", selector, d.n > 0 ? d.items[0] : "?");
	snprintf(text, sizeof(text), "%s", labels == NULL ? "" : labels);
	while ((pair = strsep(&rest, ",")) != NULL && pair[0] != '\0') {
		char *value = strchr(pair, '=');

		*value = '\0';
		str_map_set(&map, pair, value + 1);
	}
	got = selector_matches(&s, labels == NULL ? NULL : &map);
	selector_clear(&s);
	return got;
}

TEST(as_kubernetes_selects)
{
	static const struct {
		const char *selector, *labels;
		bool want;
	} cases[] = {
		{ "matchLabels: {tier: web}", "tier=web", true },
		{ "matchLabels: {tier: web}", "tier=web,x=y", true },
		{ "matchLabels: {tier: web}", "tier=db", false },
		{ "matchLabels: {tier: web}", "tier=WEB", false },
		{ "matchLabels: {tier: web}", "", false },
		{ "matchLabels: {tier: web}", NULL, false },
		{ "matchLabels: {a: '1', b: '2'}", "a=1,b=2", true },
		{ "matchLabels: {a: '1', b: '2'}", "a=1", false },
		{ "matchLabels: {a: ''}", "a=", true },
		{ "matchLabels: {a: ''}", "", false },
		{ "matchLabels: {app.kubernetes.io/name: x}",
		    "app.kubernetes.io/name=x", true },
		{ "matchExpressions: [{key: t, operator: In, values: [a, b]}]",
		    "t=b", true },
		{ "matchExpressions: [{key: t, operator: In, values: [a, b]}]",
		    "t=c", false },
		{ "matchExpressions: [{key: t, operator: In, values: [a]}]",
		    NULL, false },
		{ "matchExpressions: [{key: t, operator: NotIn, values: [a]}]",
		    "t=a", false },
		{ "matchExpressions: [{key: t, operator: NotIn, values: [a]}]",
		    "t=b", true },
		{ "matchExpressions: [{key: t, operator: NotIn, values: [a]}]",
		    "", true },
		{ "matchExpressions: [{key: t, operator: NotIn, values: [a]}]",
		    NULL, true },
		{ "matchExpressions: [{key: t, operator: Exists}]",
		    "t=", true },
		{ "matchExpressions: [{key: t, operator: Exists}]", NULL,
		    false },
		{ "matchExpressions: [{key: t, operator: DoesNotExist}]",
		    "t=", false },
		{ "matchExpressions: [{key: t, operator: DoesNotExist}]", "x=y",
		    true },
		{ "{matchLabels: {a: b}, matchExpressions: [{key: c, "
		  "operator: Exists}]}",
		    "a=b", false },
		{ "{matchLabels: {a: b}, matchExpressions: [{key: c, "
		  "operator: Exists}]}",
		    "a=b,c=d", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		printf("# %s on %s\n", cases[i].selector,
		    cases[i].labels == NULL ? "no pod" : cases[i].labels);
		CHECK_INT(matches(cases[i].selector, cases[i].labels),
		    cases[i].want);
	}
}

TEST(no_selector_selects_all)
{
	struct selector s = { 0 };
	AUTO(str_map) struct str_map labels = { 0 };

	CHECK(selector_matches(&s, NULL));
	CHECK(selector_matches(&s, &labels));
}

TEST(what_can_match_nothing_is_refused)
{
	static const char *const cases[][2] = {
		{ "{}", "p.yaml:1:1: podSelector is empty: leave it out to "
			"cover every pod" },
		{ "matchLabels: {}", "p.yaml:1:1: podSelector is empty: leave "
				     "it out to cover every pod" },
		{ "[]", "p.yaml:1:1: podSelector must be a mapping" },
		{ "matchLabels: [a]",
		    "p.yaml:1:14: matchLabels must be a mapping" },
		{ "matchLabels: {-a: b}",
		    "p.yaml:1:15: \"-a\" is no key of a label" },
		{ "matchLabels: {a/b/c: d}",
		    "p.yaml:1:15: \"a/b/c\" is no key of a label" },
		{ "matchLabels: {/a: d}",
		    "p.yaml:1:15: \"/a\" is no key of a label" },
		{ "matchLabels: {a: 'b c'}",
		    "p.yaml:1:18: \"b c\" is no value of a label" },
		{ "matchLabels: {a: w*}",
		    "p.yaml:1:18: \"w*\" is no value of a label" },
		{ "matchLabels: {a: [b]}", "p.yaml:1:18: a text is expected" },
		{ "matchExpressions: {}",
		    "p.yaml:1:19: matchExpressions must be a list" },
		{ "matchExpressions: [{operator: Exists}]",
		    "p.yaml:1:20: an expression needs \"key\"" },
		{ "matchExpressions: [{key: a}]",
		    "p.yaml:1:20: an expression needs \"operator\"" },
		{ "matchExpressions: [{key: a, operator: in, values: [b]}]",
		    "p.yaml:1:39: operator must be In, NotIn, Exists or "
		    "DoesNotExist, not \"in\"" },
		{ "matchExpressions: [{key: a, operator: In}]",
		    "p.yaml:1:20: In and NotIn need values" },
		{ "matchExpressions: [{key: a, operator: In, values: []}]",
		    "p.yaml:1:20: In and NotIn need values" },
		{ "matchExpressions: [{key: a, operator: Exists, values: "
		  "[b]}]",
		    "p.yaml:1:20: Exists and DoesNotExist take no values" },
		{ "matchLabel: {a: b}",
		    "p.yaml:1:1: unknown field \"matchLabel\" in podSelector" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct selector s = { 0 };
		AUTO(diag) struct diag d = { 0 };

		printf("# %s\n", cases[i][0]);
		CHECK(parse(cases[i][0], &s, &d) < 0);
		CHECK_INT(d.n, 1);
		if (d.n > 0)
			CHECK_STR(d.items[0], cases[i][1]);
		selector_clear(&s);
	}
}

TEST_MAIN

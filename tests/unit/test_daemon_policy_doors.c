/* The doors that policies and exemptions open. */
#include "daemon/policy_doors.h"

#include "policy_sample.h"

#define HEADER(kind, name)                                                     \
	"---\napiVersion: pullgate.dev/v1\nkind: " kind                        \
	"\nmetadata: {name: " name "}\nspec:\n"
#define POLICY(name, rest)                                                     \
	HEADER("ImagePolicy", name)                                            \
	"  images: [\"**\"]\n" rest "  reference: {requireDigest: true}\n"
#define EXEMPTION(name, until)                                                 \
	HEADER("Exemption", name)                                              \
	"  images: [\"r.example.com/**\"]\n  reason: x\n  notAfter: " until "\n"

#define TODAY "2026-11-20T13:00:00Z"
#define HOUR  3600

/* "state detail" of one door at a time; the caller frees it. */
static char *
look(const char *text, int64_t now, const char *name)
{
	AUTO(diag) struct diag d = { 0 };
	AUTO(policy_set) struct policy_set *set = sample_load(text, &d);
	AUTO(door_list) struct door_list doors = { 0 };

	if (set == NULL)
		return mem_strdup(d.n == 0 ? "nothing" : d.items[0]);
	policy_doors_look(set, now, &doors);
	for (size_t i = 0; i < doors.n; i++)
		if (strcmp(doors.items[i].name, name) == 0)
			return str_printf("%s %s",
			    door_state_name(doors.items[i].state),
			    doors.items[i].detail);
	return mem_strdup("no such door");
}

TEST(policies_that_are_not_enforced_for_all)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ POLICY("a", ""), "closed 1 of 1 policies are enforced" },
		{ POLICY("a", "") POLICY("b", "  action: audit\n"),
		    "open 1 of 2 policies are not enforced for all they cover: b (audit)" },
		{ POLICY("a", "  action: warn\n")
			POLICY("b", "  action: audit\n"),
		    "open 2 of 2 policies are not enforced for all they cover: a (warn), b (audit)" },
		{ POLICY("a", "  action: audit\n") POLICY("b",
		      "  action: audit\n") POLICY("c", "  action: audit\n")
			POLICY("d", "  action: audit\n")
			    POLICY("e", "  action: audit\n")
				POLICY("f", "  action: audit\n")
				    POLICY("g", "  action: audit\n"),
		    "open 7 of 7 policies are not enforced for all they cover: a (audit), b (audit), c (audit), d (audit), e (audit) and 2 more" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str)
		char *got = look(rows[i].text, SAMPLE_NOW, "policies");

		CHECK_STR(got, rows[i].want);
	}
}

TEST(exceptions_of_namespaces)
{
	static const char kyverno[] =
	    "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\n"
	    "metadata: {name: k}\nspec:\n"
	    "  validationFailureAction: Enforce\n"
	    "  validationFailureActionOverrides:\n"
	    "    - {action: Audit, namespaces: [dev, qa]}\n"
	    "  rules:\n"
	    "    - name: v\n"
	    "      match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "      verifyImages:\n"
	    "        - imageReferences: [\"*\"]\n"
	    "          attestors:\n"
	    "            - entries: [{keyless: {subject: a, issuer: b}}]\n";
	AUTO(str) char *got = look(kyverno, SAMPLE_NOW, "policies");

	CHECK(strstr(got, "open 1 of 1 policies") == got);
	CHECK(strstr(got, "(audit in dev and others)") != NULL);
}

TEST(exemptions_while_they_are_in_force)
{
	static const struct {
		const char *text;
		int64_t now;
		const char *want;
	} rows[] = {
		{ POLICY("a", ""), SAMPLE_NOW,
		    "closed no Exemption is in force" },
		{ POLICY("a", "") EXEMPTION("x", TODAY), SAMPLE_NOW,
		    "open 1 Exemption is in force: x (until " TODAY ")" },
		{ POLICY("a", "") EXEMPTION("x", TODAY), SAMPLE_NOW + HOUR,
		    "open 1 Exemption is in force: x (until " TODAY ")" },
		{ POLICY("a", "") EXEMPTION("x", TODAY), SAMPLE_NOW + HOUR + 1,
		    "closed no Exemption is in force" },
		{ POLICY("a", "") EXEMPTION("x", TODAY)
			EXEMPTION("y", "2026-11-21T13:00:00Z"),
		    SAMPLE_NOW,
		    "open 2 Exemptions are in force: x (until " TODAY
		    "), y (until 2026-11-21T13:00:00Z)" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str)
		char *got = look(rows[i].text, rows[i].now, "exemptions");

		CHECK_STR(got, rows[i].want);
	}
}

TEST_MAIN

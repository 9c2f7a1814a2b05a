/* Which policies cover a pull, and their rules about the reference. */
#include "policy/match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "test.h"

#define HEX16  "0123456789abcdef"
#define DIGEST "sha256:" HEX16 HEX16 HEX16 HEX16

/* A list of texts separated by blanks. */
static void
add_words(struct str_list *list, const char *words)
{
	while (words != NULL && *words != '\0') {
		size_t len = strcspn(words, " ");

		str_list_own(list, mem_strndup(words, len));
		words += len + (words[len] == ' ');
	}
}

static struct policy *
policy_named(const char *name, const char *images)
{
	struct policy *p = MEM_NEW(struct policy);

	p->name = mem_strdup(name);
	p->pos = (struct diag_pos){ "p.yaml", 1, 1 };
	add_words(&p->images, images);
	return p;
}

static void
finish(struct policy_set *set)
{
	AUTO(diag) struct diag d = { 0 };

	CHECK_INT(policy_set_finish(set, &d), 0);
}

static bool
is_covered(struct policy *p, const char *image, const char *namespace_)
{
	AUTO(policy_set) struct policy_set *set = MEM_NEW(struct policy_set);
	AUTO(policy_matches) struct policy_matches m = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	struct policy_facts facts = { .pod = { .namespace_ = namespace_ } };
	struct err e = { 0 };

	policy_set_own(set, p);
	if (reference_parse(slice_str(image), &ref, &e) < 0) {
		FAIL("%s: %s", image, e.msg);
		return false;
	}
	facts.ref = ref;
	finish(set);
	policy_match(set, &facts, &m);
	return m.n == 1;
}

TEST(images_and_exclusions)
{
	static const struct {
		const char *images, *exclude, *image;
		bool want;
	} cases[] = {
		/* clang-format off */
		{ "**", NULL, "nginx", true },
		{ "docker.io/library/nginx", NULL, "nginx", true },
		{ "docker.io/library/nginx", NULL, "nginx:1", true },
		{ "docker.io/library/nginx:1", NULL, "nginx:1", true },
		{ "docker.io/library/nginx:1", NULL, "nginx:2", false },
		{ "docker.io/library/nginx:latest", NULL, "nginx", true },
		{ "docker.io/library/nginx", NULL, "nginx@" DIGEST, true },
		{ "docker.io/library/nginx@" DIGEST, NULL, "nginx@" DIGEST, true },
		{ "docker.io/library/nginx@" DIGEST, NULL, "nginx:1", false },
		{ "docker.io/**", NULL, "index.docker.io/acme/app", true },
		{ "r.example.com/*", NULL, "r.example.com/app", true },
		{ "r.example.com/*", NULL, "r.example.com/a/app", false },
		{ "r.example.com/**", NULL, "r.example.com:443/app", false },
		{ "a.example.com/** r.example.com/**", NULL, "r.example.com/app", true },
		/* The same host, however it is written. */
		{ "r.example.com/**", NULL, "R.Example.COM/app", true },
		{ "**", "r.example.com/**", "r.example.com/app", false },
		{ "**", "r.example.com/**", "R.EXAMPLE.com/app", false },
		{ "**", "r.example.com/**", "other.example.com/app", true },
		{ "**", "r.example.com/app:dev", "r.example.com/app:dev", false },
		{ "**", "r.example.com/app:dev", "r.example.com/app:1", true },
		/* Beside a digest a tag is anybody's word. */
		{ "**", "r.example.com/app:dev", "r.example.com/app:dev@" DIGEST, true },
		{ "r.example.com/app:1", NULL, "r.example.com/app:1@" DIGEST, true },
		{ "**", "r.example.com/app@" DIGEST, "r.example.com/app:1@" DIGEST, false },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct policy *p = policy_named("p", cases[i].images);

		add_words(&p->exclude_images, cases[i].exclude);
		if (is_covered(p, cases[i].image, NULL) != cases[i].want)
			FAIL("images \"%s\", excludeImages \"%s\": \"%s\"",
			    cases[i].images,
			    cases[i].exclude == NULL ? "" : cases[i].exclude,
			    cases[i].image);
	}
}

TEST(namespaces)
{
	static const struct {
		const char *namespaces, *exclude, *namespace_;
		bool want;
	} cases[] = {
		/* clang-format off */
		{ NULL, NULL, "prod", true },
		{ NULL, NULL, NULL, true },
		{ "prod", NULL, "prod", true },
		{ "prod", NULL, "dev", false },
		{ "prod", NULL, "prod-1", false },
		{ "prod", NULL, "", false },
		{ "prod", NULL, NULL, false },
		{ "**", NULL, NULL, false },
		{ "prod-* qa", NULL, "prod-1", true },
		{ "prod-* qa", NULL, "qa", true },
		{ NULL, "kube-system", "kube-system", false },
		{ NULL, "kube-*", "kube-public", false },
		{ NULL, "kube-system", "prod", true },
		{ NULL, "kube-system", NULL, true },
		{ NULL, "**", NULL, true },
		{ "prod-*", "prod-test", "prod-test", false },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct policy *p = policy_named("p", "**");

		if (cases[i].namespaces != NULL)
			add_words(&pod_filters_only(&p->pods.match)->namespaces,
			    cases[i].namespaces);
		if (cases[i].exclude != NULL)
			add_words(&pod_filters_only(&p->pods.exclude)
				       ->namespaces,
			    cases[i].exclude);
		if (is_covered(p, "nginx", cases[i].namespace_) !=
		    cases[i].want)
			FAIL("case %zu: namespace \"%s\"", i,
			    cases[i].namespace_ == NULL ? "(none)"
							: cases[i].namespace_);
	}
}

TEST(all_that_cover_it_in_the_order_of_their_names)
{
	AUTO(policy_set) struct policy_set *set = MEM_NEW(struct policy_set);
	AUTO(policy_matches) struct policy_matches m = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	struct policy_facts facts = { 0 };
	struct err e = { 0 };

	policy_set_own(set, policy_named("c", "**"));
	policy_set_own(set, policy_named("b", "other.example.com/**"));
	policy_set_own(set, policy_named("a", "r.example.com/**"));
	CHECK_OK(reference_parse(slice_str("r.example.com/app"), &ref, &e), &e);
	facts.ref = ref;
	finish(set);
	policy_match(set, &facts, &m);
	CHECK_INT(m.n, 2);
	CHECK_STR(m.items[0]->name, "a");
	CHECK_STR(m.items[1]->name, "c");
}

TEST(an_empty_set_covers_nothing)
{
	AUTO(policy_set) struct policy_set *set = MEM_NEW(struct policy_set);
	AUTO(policy_matches) struct policy_matches m = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	struct policy_facts facts = { 0 };
	struct err e = { 0 };

	CHECK_OK(reference_parse(slice_str("nginx"), &ref, &e), &e);
	facts.ref = ref;
	finish(set);
	policy_match(set, &facts, &m);
	CHECK_INT(m.n, 0);
}

TEST(rules_about_the_reference)
{
	static const char not_allowed[] =
	    "image is not from an allowed registry";
	static const struct {
		const char *allow, *deny_tags;
		bool require_digest;
		const char *image, *want; /* NULL: it holds */
	} cases[] = {
		/* clang-format off */
		{ NULL, NULL, false, "nginx", NULL },
		{ "r.example.com/**", NULL, false, "r.example.com/app", NULL },
		{ "r.example.com/**", NULL, false, "R.example.com/app", NULL },
		{ "r.example.com/**", NULL, false, "nginx", not_allowed },
		{ "r.example.com/**", NULL, false, "r.example.com.evil.org/app", not_allowed },
		{ "r.example.com/app:1", NULL, false, "r.example.com/app:1", NULL },
		{ "r.example.com/app:1", NULL, false, "r.example.com/app:1@" DIGEST, not_allowed },
		{ "r.example.com/app", NULL, false, "r.example.com/app:1@" DIGEST, NULL },
		{ NULL, "latest", false, "nginx", "tag latest is denied" },
		{ NULL, "latest", false, "nginx:latest", "tag latest is denied" },
		{ NULL, "latest", false, "nginx:latest@" DIGEST, NULL },
		{ NULL, "latest", false, "nginx:1", NULL },
		{ NULL, "latest *-rc*", false, "nginx:1-rc2", "tag 1-rc2 is denied" },
		{ NULL, NULL, true, "nginx:1", "image is not named by digest" },
		{ NULL, NULL, true, "nginx@" DIGEST, NULL },
		{ NULL, "latest", true, "nginx", "image is not named by digest" },
		{ "r.example.com/**", "latest", true, "nginx", not_allowed },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy) struct policy *p = policy_named("p", "**");
		AUTO(reference) struct reference *ref = NULL;
		struct policy_facts facts = { 0 };
		struct err e = { 0 };

		add_words(&p->reference.allow, cases[i].allow);
		add_words(&p->reference.deny_tags, cases[i].deny_tags);
		p->reference.require_digest = cases[i].require_digest;
		CHECK_OK(reference_parse(slice_str(cases[i].image), &ref, &e),
		    &e);
		facts.ref = ref;
		printf("# %s\n", cases[i].image);
		if (cases[i].want == NULL) {
			CHECK_OK(policy_check_reference(p, &facts, &e), &e);
			continue;
		}
		CHECK_ERR(policy_check_reference(p, &facts, &e), &e,
		    ERR_NOT_ALLOWED);
		CHECK_STR(e.msg, cases[i].want);
	}
}

static const char *
any_part(unsigned *seed)
{
	static const char *const parts[] = { "r.io/", "r.io/a", "/", "a", "b",
		"*", "**", "?", ":v1", ":v", "@sha256:", "docker.io/library/",
		"r.io/a/b" };

	return parts[(size_t)rand_r(seed) % COUNT_OF(parts)];
}

/* What the index leaves out must not match: the plain search finds the same. */
TEST(the_index_leaves_nothing_out)
{
	static const char *const images[] = { "r.io/a", "r.io/a/b:v1",
		"r.io/b/a@" DIGEST, "r.io/a/b:v2@" DIGEST, "a", "b:v1",
		"r.io/ab", "r.io/a/b/a" };
	unsigned seed = 1;

	for (int round = 0; round < 200; round++) {
		AUTO(policy_set)
		struct policy_set *set = MEM_NEW(struct policy_set);

		for (int i = 0; i < 20; i++) {
			AUTO(str) char *name = str_printf("p%d", i);
			AUTO(str)
			char *globs = str_printf("%s%s%s %s%s", any_part(&seed),
			    any_part(&seed), any_part(&seed), any_part(&seed),
			    any_part(&seed));

			policy_set_own(set, policy_named(name, globs));
		}
		finish(set);
		for (size_t i = 0; i < COUNT_OF(images); i++) {
			AUTO(policy_matches) struct policy_matches m = { 0 };
			AUTO(reference) struct reference *ref = NULL;
			struct policy_facts facts = { 0 };
			struct err e = { 0 };
			size_t want = 0;

			CHECK_OK(reference_parse(slice_str(images[i]), &ref,
				     &e),
			    &e);
			facts.ref = ref;
			policy_match(set, &facts, &m);
			for (size_t k = 0; k < set->n; k++) {
				if (policy_covers(set->items[k], &facts) !=
				    POLICY_COVERS)
					continue;
				CHECK(want < m.n &&
				      m.items[want] == set->items[k]);
				want++;
			}
			CHECK_INT(m.n, want);
		}
	}
}

TEST_MAIN

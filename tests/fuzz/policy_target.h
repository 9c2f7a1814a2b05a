#ifndef TESTS_FUZZ_POLICY_TARGET_H
#define TESTS_FUZZ_POLICY_TARGET_H

/*
 * Any bytes as a file of policies: they load or are complained of, and a policy
 * that was loaded allows nothing that nobody signed.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/yaml.h"
#include "policy/evaluate.h"
#include "policy/exemption.h"
#include "policy/explain.h"
#include "policy/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 2026-11-20T12:00:00Z */
#define TARGET_NOW 1795176000

#define TARGET_DIGEST                                                          \
	"sha256:"                                                              \
	"0000000000000000000000000000000000000000000000000000000000000000"

static const char *const target_images[] = {
	"nginx",
	"registry.example.com/team/app:1.2-rc1",
	("registry.example.com:5000/app@" TARGET_DIGEST),
};

/* Nothing passes here that nobody needs to sign. */
static bool
target_needs_signers(const struct policy *p)
{
	for (size_t i = 0; i < p->leaves.n; i++)
		if (p->leaves.items[i]->kind == POLICY_ENTRY_PASS)
			return false;
	return policy_asks_for_signers(p);
}

static void
target_ask(const struct policy *p, const struct policy_facts *facts)
{
	AUTO(policy_result) struct policy_result r = { 0 };
	struct err e = { 0 };

	if (policy_check_reference(p, facts, &e) < 0 && e.code == ERR_NONE)
		abort();
	policy_evaluate(p, facts->ref, "sha256:00", NULL, 0, &r);
	if (r.verdict == VERDICT_DENY && r.code == ERR_NONE)
		abort();
	if (r.verdict == VERDICT_ALLOW && target_needs_signers(p))
		abort();
}

/* Sorted lists find what is in them; who denies goes first. */
static void
target_look(const struct policy *p)
{
	const struct str_list *deny = &p->digests.deny;

	for (size_t i = 0; i < deny->n; i++) {
		const char *digest = deny->items[i];

		if (policy_digests_look(&p->digests, &digest, 1) !=
		    POLICY_LISTED_DENY)
			abort();
	}
	if (policy_only_denies(p) && !policy_asks_for_digest(p))
		abort();
}

/* Nothing is exempt once the last time has passed. */
static void
target_exempt(const struct policy_set *set, const struct policy_facts *facts)
{
	const char *digests[] = { NULL, facts->ref->digest };
	const struct policy_exemption *x =
	    policy_exempts(set, facts, digests, COUNT_OF(digests), 0);

	if (x != NULL && policy_exemption_covers(x, facts, digests,
			     COUNT_OF(digests)) != POLICY_COVERS)
		abort();
	if (policy_exempts(set, facts, digests, COUNT_OF(digests), INT64_MAX) !=
	    NULL)
		abort();
}

static void
target_use(const struct policy_set *set, const char *image)
{
	AUTO(policy_matches) struct policy_matches matches = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	AUTO(json) struct json *explained = NULL;
	struct policy_facts facts = { .written = image,
		.pod = { "prod", "web-1", NULL } };
	struct err e = { 0 };

	if (reference_parse(slice_str(image), &ref, &e) < 0)
		abort();
	facts.ref = ref;
	policy_match(set, &facts, &matches);
	for (size_t i = 0; i < matches.n; i++)
		target_ask(matches.items[i], &facts);
	for (size_t i = 0; i < set->n; i++)
		target_look(set->items[i]);
	target_exempt(set, &facts);
	explained = policy_explain(set, &facts, 0);
}

typedef int target_reader(const struct yaml_node *root, struct policy_set *set,
    struct diag *d);

/* Each document of the bytes, read by one loader. */
static void
target_load(const uint8_t *data, size_t size, target_reader *read)
{
	AUTO(policy_set) struct policy_set *set = MEM_NEW(struct policy_set);
	AUTO(yaml) struct yaml_file *file = NULL;
	AUTO(diag) struct diag d = { 0 };
	int bad = 0;

	if (yaml_parse(slice_of(data, size), "p.yaml", &file, &d) < 0)
		bad = -1;
	for (size_t i = 0; bad == 0 && i < yaml_doc_count(file); i++)
		bad |= read(yaml_doc_root(file, i), set, &d);
	if (bad == 0)
		bad = policy_set_finish(set, &d) |
		      policy_exemptions_check(set, TARGET_NOW, &d);
	if ((bad < 0) != (d.n > 0))
		abort();
	for (size_t i = 0; bad == 0 && i < COUNT_OF(target_images); i++)
		target_use(set, target_images[i]);
}

#endif

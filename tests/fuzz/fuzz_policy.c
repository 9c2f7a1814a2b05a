/*
 * Any bytes as a file of policies: they load or are complained of, and a policy
 * that was loaded allows nothing that nobody signed.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/yaml.h"
#include "policy/document.h"
#include "policy/evaluate.h"
#include "policy/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIGEST                                                                 \
	"sha256:"                                                              \
	"0000000000000000000000000000000000000000000000000000000000000000"

static const char *const images[] = {
	"nginx",
	"registry.example.com/team/app:1.2-rc1",
	("registry.example.com:5000/app@" DIGEST),
};

static void
ask(const struct policy *p, const struct policy_facts *facts)
{
	AUTO(policy_result) struct policy_result r = { 0 };
	struct err e = { 0 };

	if (policy_check_reference(p, facts, &e) < 0 && e.code == ERR_NONE)
		abort();
	policy_evaluate(p, "sha256:00", NULL, 0, &r);
	if (r.verdict != (p->nattestors > 0 ? VERDICT_DENY : VERDICT_ALLOW))
		abort();
	if (r.verdict == VERDICT_DENY && r.code != ERR_NO_SIGNATURES)
		abort();
}

static void
use(const struct policy_set *set, const char *image)
{
	AUTO(policy_matches) struct policy_matches matches = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	struct policy_facts facts = { .namespace_ = "prod" };
	struct err e = { 0 };

	if (reference_parse(slice_str(image), &ref, &e) < 0)
		abort();
	facts.ref = ref;
	policy_match(set, &facts, &matches);
	for (size_t i = 0; i < matches.n; i++)
		ask(matches.items[i], &facts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(policy_set) struct policy_set *set = MEM_NEW(struct policy_set);
	AUTO(yaml) struct yaml_file *file = NULL;
	AUTO(diag) struct diag d = { 0 };
	int bad = 0;

	if (yaml_parse(slice_of(data, size), "p.yaml", &file, &d) < 0)
		bad = -1;
	for (size_t i = 0; bad == 0 && i < yaml_doc_count(file); i++)
		bad |= document_read(yaml_doc_root(file, i), set, &d);
	if ((bad < 0) != (d.n > 0))
		abort();
	policy_set_finish(set);
	for (size_t i = 0; bad == 0 && i < COUNT_OF(images); i++)
		use(set, images[i]);
	return 0;
}

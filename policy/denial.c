/* Why a policy denies, in one sentence. */
#include "policy/denial.h"

#include "base/mem.h"
#include "policy/sentence.h"

/* The code that all failing entries share; of a mixture, that none matched. */
static void
merge_code(enum err_code *into, enum err_code code)
{
	*into = *into == ERR_NONE || *into == code ? code : ERR_NO_MATCH;
}

static size_t
count_holding(const struct policy_attestor_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nentries; i++)
		n += r->entries[i].state == POLICY_HOLDS;
	return n;
}

static void explain_attestor(const struct policy_attestor_result *r,
    struct sentence *s, enum err_code *code);

static void
explain_entry(const struct policy_entry_result *entry, struct sentence *s,
    enum err_code *code)
{
	if (entry->nested != NULL) {
		explain_attestor(entry->nested, s, code);
		return;
	}
	if (entry->entry->name != NULL)
		sentence_say(s, "%s: ", entry->entry->name);
	merge_code(code, entry->code);
	sentence_say(s, "%s", entry->message);
}

static void
explain_attestor(const struct policy_attestor_result *r, struct sentence *s,
    enum err_code *code)
{
	const struct policy_attestor *real = policy_attestor_real(r->attestor);
	const char *between = ": ";

	if (real->name != NULL)
		sentence_say(s, "attestor \"%s\": ", real->name);
	if (r->nentries > 1)
		sentence_say(s, "%zu of %zu entries hold", count_holding(r),
		    r->nentries);
	if (real->count < r->nentries)
		sentence_say(s, ", %zu needed", real->count);
	for (size_t i = 0; i < r->nentries; i++) {
		const struct policy_entry_result *entry = &r->entries[i];

		if (entry->state == POLICY_HOLDS)
			continue;
		if (r->nentries > 1)
			sentence_say(s, "%sentries[%zu]: ", between, i);
		explain_entry(entry, s, code);
		between = "; ";
	}
}

/* Numbers are said where there is something to be found by them. */
static void
explain_attestors(const struct policy_attestors_result *list, bool numbered,
    struct sentence *s, enum err_code *code)
{
	const char *between = "";

	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].state == POLICY_HOLDS)
			continue;
		sentence_say(s, "%s", between);
		if (numbered)
			sentence_say(s, "attestors[%zu]: ", i);
		explain_attestor(&list->items[i], s, code);
		between = "; ";
	}
}

static void
explain_attestation(const struct policy_attestation_result *a,
    struct sentence *s, enum err_code *code)
{
	sentence_say(s, "attestation %s: ", a->attestation->type);
	if (a->attestors.state != POLICY_HOLDS) {
		explain_attestors(&a->attestors, a->attestors.n > 1, s, code);
		return;
	}
	merge_code(code, ERR_UNSUPPORTED);
	sentence_say(s, "its conditions cannot be evaluated yet");
}

/* Where a policy has one attestor with one entry there is nothing to be found
 * by number, and the entry's sentence stands alone. */
static void
explain_failures(struct policy_result *r, struct sentence *s)
{
	bool numbered =
	    r->attestors.n > 1 ||
	    (r->attestors.n == 1 && r->attestors.items[0].nentries > 1);
	const char *between = "";

	if (r->attestors.state != POLICY_HOLDS) {
		explain_attestors(&r->attestors, numbered, s, &r->code);
		between = "; ";
	}
	for (size_t i = 0; i < r->nattestations; i++) {
		if (r->attestations[i].state == POLICY_HOLDS)
			continue;
		sentence_say(s, "%s", between);
		explain_attestation(&r->attestations[i], s, &r->code);
		between = "; ";
	}
}

/* The first entry that could not be searched for. */
static const struct policy_entry_result *
find_unsure(const struct policy_attestor_result *r)
{
	for (size_t i = 0; i < r->nentries; i++) {
		const struct policy_entry_result *entry = &r->entries[i];

		if (entry->state != POLICY_UNSURE)
			continue;
		return entry->nested == NULL ? entry
					     : find_unsure(entry->nested);
	}
	return NULL;
}

static const struct policy_entry_result *
find_unsure_in(const struct policy_attestors_result *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].state == POLICY_UNSURE)
			return find_unsure(&list->items[i]);
	return NULL;
}

static void
explain_unsure(struct policy_result *r, struct sentence *s)
{
	const struct policy_entry_result *entry = find_unsure_in(&r->attestors);

	for (size_t i = 0; entry == NULL && i < r->nattestations; i++)
		entry = find_unsure_in(&r->attestations[i].attestors);
	if (entry == NULL)
		return;
	r->code = entry->code;
	sentence_say(s, "%s", entry->message);
}

void
denial_explain(struct policy_result *r, bool unsure)
{
	struct sentence s = { 0 };

	if (unsure)
		explain_unsure(r, &s);
	else
		explain_failures(r, &s);
	if (r->code == ERR_NONE)
		r->code = ERR_INTERNAL;
	r->message = sentence_end(&s);
}

/* From proofs to a verdict. */
#include "policy/evaluate.h"

#include "base/mem.h"
#include "signature/proof_private.h"
#include "test.h"

#define OURS   "sha256:aaaa"
#define OTHERS "sha256:bbbb"
#define A      "sha256:key-a"
#define B      "sha256:key-b"
#define C      "sha256:key-c"
#define NO_KEY                                                                 \
	"no matching signatures: 1 found, none verifies with the policy's keys"

/* A policy as a loader would have made it, one attestor after the other. */
static struct policy *
new_policy(void)
{
	struct policy *p = policy_new(POLICY_OURS);

	p->name = mem_strdup("p");
	return p;
}

/* An attestor whose entries have these keys, one each; NULL ends them. */
static struct policy_attestor *
add_attestor(struct policy *p, size_t count, const char *const *keys)
{
	struct policy_attestor *a;
	size_t n = 0;

	while (keys[n] != NULL)
		n++;
	p->attestors.items = mem_realloc_array(p->attestors.items,
	    p->attestors.n + 1, sizeof(*p->attestors.items));
	a = &p->attestors.items[p->attestors.n++];
	*a = (struct policy_attestor){ .count = count, .nentries = n };
	a->entries = mem_zalloc(n * sizeof(*a->entries));
	for (size_t i = 0; i < n; i++) {
		a->entries[i].kind = POLICY_ENTRY_KEYS;
		a->entries[i].log.ignore_tlog = true;
		str_list_add(&a->entries[i].demands, keys[i]);
	}
	return a;
}

static struct policy *
policy_of_one(const char *key)
{
	struct policy *p = new_policy();

	(void)add_attestor(p, 1, (const char *const[]){ key, NULL });
	return p;
}

static void
add_proof(struct proof_list *list, const char *key, const char *digest)
{
	struct proof_init init = { .kind = PROOF_SIGNATURE,
		.format = "cosign",
		.image_digest = digest,
		.key = key,
		.demand = key,
		.source = "r.example.com/app:sha256-aaaa.sig" };

	proof_list_own(list, proof_new(&init));
}

static void
check_denied(const struct policy_result *r, enum err_code code,
    const char *message)
{
	CHECK_INT(r->verdict, VERDICT_DENY);
	CHECK_STR(err_name(r->code), err_name(code));
	CHECK_STR(r->message, message);
}

static void
check_allowed(const struct policy_result *r)
{
	CHECK_INT(r->verdict, VERDICT_ALLOW);
	CHECK_INT(r->code, ERR_NONE);
	CHECK(r->message == NULL);
}

TEST(a_good_signature_allows)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };

	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_allowed(&r);
	CHECK(r.policy == p);
	CHECK_INT(r.attestors.items[0].state, POLICY_HOLDS);
	CHECK_INT(r.attestors.items[0].entries[0].state, POLICY_HOLDS);
	CHECK_STR(r.attestors.items[0].entries[0].message,
	    "signed by " A " (r.example.com/app:sha256-aaaa.sig)");
}

TEST(a_policy_without_attestors_allows)
{
	AUTO(policy) struct policy *p = new_policy();
	AUTO(policy_result) struct policy_result r = { 0 };

	policy_evaluate(p, NULL, OURS, NULL, 0, &r);
	check_allowed(&r);
}

TEST(nothing_found_denies)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list none = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	AUTO(policy_result) struct policy_result again = { 0 };
	struct policy_findings f = { .proofs = &none };

	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_denied(&r, ERR_NO_SIGNATURES, "no signatures found");
	policy_evaluate(p, NULL, OURS, NULL, 0, &again);
	check_denied(&again, ERR_NO_SIGNATURES, "no signatures found");
	CHECK_INT(again.attestors.items[0].state, POLICY_FAILS);
	CHECK(again.attestors.items[0].entries[0].entry ==
	      &p->attestors.items[0].entries[0]);
}

/* Each is a proof, and each of the wrong thing. */
TEST(proofs_that_do_not_count)
{
	static const struct {
		const char *what;
		struct proof_init init;
		enum err_code code;
		const char *message;
	} cases[] = {
		/* clang-format off */
		{ "another key's", { PROOF_SIGNATURE, "cosign", OURS, B, B, "s", .time = 0 },
		    ERR_NO_MATCH, NO_KEY },
		{ "of another image", { PROOF_SIGNATURE, "cosign", OTHERS, A, A, "s", .time = 0 },
		    ERR_OTHER_IMAGE, "no matching signatures: signed for another image" },
		{ "an attestation", { PROOF_ATTESTATION, "bundle", OURS, A, A, "s", .predicate_type = "t" },
		    ERR_WRONG_TYPE, "no matching signatures: an attestation is not a signature" },
		{ "of no kind", { PROOF_NONE, "bundle", OURS, A, A, "s", .time = 0 },
		    ERR_WRONG_TYPE, "no matching signatures: an attestation is not a signature" },
		{ "of a prefix of the digest", { PROOF_SIGNATURE, "cosign", "sha256:aaa", A, A, "s", .time = 0 },
		    ERR_OTHER_IMAGE, "no matching signatures: signed for another image" },
		/* clang-format on */
	};
	AUTO(policy) struct policy *p = policy_of_one(A);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		struct policy_findings f = { .found = 1, .proofs = &proofs };

		printf("# %s\n", cases[i].what);
		proof_list_own(&proofs, proof_new(&cases[i].init));
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		check_denied(&r, cases[i].code, cases[i].message);
	}
}

TEST(an_entry_without_a_key_never_holds)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };

	str_list_clear(&p->attestors.items[0].entries[0].demands);
	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_denied(&r, ERR_NO_MATCH, NO_KEY);
}

TEST(an_attestor_that_no_loader_wrote_never_holds)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };

	p->attestors.items[0].count = 0;
	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	CHECK_INT(r.verdict, VERDICT_DENY);
	CHECK_STR(err_name(r.code), "internal");
	CHECK(r.message != NULL);
}

TEST(any_of_several_keys_in_an_entry_will_do)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };

	str_list_add(&p->attestors.items[0].entries[0].demands, B);
	add_proof(&proofs, B, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_allowed(&r);
}

TEST(one_good_signature_among_bad_ones_serves)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	static const struct policy_rejection no[] = {
		{ "s", A, ERR_MALFORMED, "no payload" },
		{ "s", NULL, ERR_LIMIT, "too large" },
	};
	struct policy_findings f = { .found = 100,
		.proofs = &proofs,
		.rejections = no,
		.nrejections = COUNT_OF(no) };

	add_proof(&proofs, B, OURS);
	add_proof(&proofs, A, OTHERS);
	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_allowed(&r);
}

TEST(annotations)
{
	static const struct {
		const char *got, *want; /* NULL: it is not there */
		const char *message;    /* NULL: it holds */
	} cases[] = {
		/* clang-format off */
		{ "prod", "prod", NULL },
		{ "dev", NULL, NULL },
		{ "dev", "prod", "env is \"dev\", policy wants \"prod\"" },
		{ "Prod", "prod", "env is \"Prod\", policy wants \"prod\"" },
		{ "prod ", "prod", "env is \"prod \", policy wants \"prod\"" },
		{ "", "prod", "env is \"\", policy wants \"prod\"" },
		{ NULL, "prod", "env is missing" },
		{ NULL, "*", "env is missing" },
		{ "prod", "*", "env is \"prod\", policy wants \"*\"" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy) struct policy *p = policy_of_one(A);
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		AUTO(str_map) struct str_map got = { 0 };
		AUTO(str) char *want = NULL;
		struct proof_init init = { PROOF_SIGNATURE, "cosign", OURS, A,
			A, "s", .annotations = &got };
		struct policy_findings f = { .found = 1, .proofs = &proofs };

		if (cases[i].got != NULL)
			str_map_set(&got, "env", cases[i].got);
		if (cases[i].want != NULL)
			str_map_set(&p->attestors.items[0]
					 .entries[0]
					 .annotations,
			    "env", cases[i].want);
		proof_list_own(&proofs, proof_new(&init));
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		if (cases[i].message == NULL) {
			check_allowed(&r);
			continue;
		}
		want = str_printf("no matching signatures: signature "
				  "annotations do not match: %s",
		    cases[i].message);
		check_denied(&r, ERR_ANNOTATION, want);
	}
}

/* Every annotation is asked of one and the same signature. */
TEST(annotations_of_two_signatures_do_not_add_up)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct str_map *wanted = &p->attestors.items[0].entries[0].annotations;
	struct policy_findings f = { .found = 2, .proofs = &proofs };

	str_map_set(wanted, "env", "prod");
	str_map_set(wanted, "team", "web");
	for (size_t i = 0; i < wanted->n; i++) {
		AUTO(str_map) struct str_map one = { 0 };
		struct proof_init init = { PROOF_SIGNATURE, "cosign", OURS, A,
			A, "s", .annotations = &one };

		str_map_set(&one, wanted->items[i].key, wanted->items[i].value);
		proof_list_own(&proofs, proof_new(&init));
	}
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_denied(&r, ERR_ANNOTATION,
	    "no matching signatures: signature annotations do not match: env "
	    "is missing");
}

/* Of many reasons the nearest to success is told, whatever their order. */
TEST(the_reason_that_is_told)
{
	static const struct policy_rejection reasons[] = {
		{ "s", A, ERR_OTHER_IMAGE, "signed for sha256:cccc" },
		{ "s", A, ERR_OTHER_IMAGE, "signed for sha256:dddd" },
		{ "s", A, ERR_WRONG_TYPE, "an attestation" },
		{ "s", A, ERR_MALFORMED, "no payload" },
		{ "s", A, ERR_UNSUPPORTED, "no such hash" },
		{ "s", NULL, ERR_LIMIT, "layer too large" },
		{ "s", A, ERR_BAD_SIGNATURE, "not signed by this key" },
		{ "s", B, ERR_ANNOTATION, "of a key the policy has not" },
	};
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list none = { 0 };

	for (size_t first = 0; first < COUNT_OF(reasons); first++) {
		AUTO(policy_result) struct policy_result r = { 0 };
		AUTO(policy_result) struct policy_result back = { 0 };
		struct policy_rejection reversed[COUNT_OF(reasons)];
		size_t n = COUNT_OF(reasons) - first;
		struct policy_findings f = { NULL, NULL, 8, &none,
			reasons + first, n };
		AUTO(str) char *want = NULL;

		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		for (size_t i = 0; i < n; i++)
			reversed[i] = reasons[first + n - 1 - i];
		f.rejections = reversed;
		policy_evaluate(p, NULL, OURS, &f, 1, &back);
		CHECK_STR(back.message, r.message);
		CHECK_INT(back.code, r.code);
		want = str_printf("no matching signatures: %s",
		    first < 6
			? reasons[first].message
			: "8 found, none verifies with the policy's keys");
		check_denied(&r, first < 6 ? reasons[first].code : ERR_NO_MATCH,
		    want);
	}
}

TEST(counting)
{
	static const char *const keys[] = { A, B, C, NULL };
	static const struct {
		size_t count;
		const char *signers; /* letters of the keys that signed */
		const char *message; /* NULL: it holds */
	} cases[] = {
		/* clang-format off */
		{ 3, "abc", NULL }, { 2, "ab", NULL }, { 2, "ac", NULL },
		{ 2, "abc", NULL }, { 1, "c", NULL },
		{ 3, "ab", "attestors[0]: 2 of 3 entries hold: entries[2]: no "
		    "matching signatures: 2 found, none verifies with the "
		    "policy's keys" },
		{ 2, "aa", "attestors[0]: 1 of 3 entries hold, 2 needed: "
		    "entries[1]: no matching signatures: 2 found, none "
		    "verifies with the policy's keys; entries[2]: no matching "
		    "signatures: 2 found, none verifies with the policy's keys" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy) struct policy *p = new_policy();
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		struct policy_findings f = { .proofs = &proofs };

		(void)add_attestor(p, cases[i].count, keys);
		for (const char *s = cases[i].signers; *s != '\0'; s++)
			add_proof(&proofs, keys[*s - 'a'], OURS);
		f.found = proofs.n;
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		if (cases[i].message == NULL)
			check_allowed(&r);
		else
			check_denied(&r, ERR_NO_MATCH, cases[i].message);
	}
}

TEST(every_attestor_must_hold_and_each_looks_where_it_says)
{
	static const char elsewhere[] = "r.example.com/signatures";
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list by_a = { 0 }, by_b = { 0 };
	AUTO(policy_result) struct policy_result good = { 0 };
	AUTO(policy_result) struct policy_result swapped = { 0 };
	AUTO(policy_result) struct policy_result absent = { 0 };
	struct policy_findings f[] = {
		{ .found = 1, .proofs = &by_a },
		{ .repository = elsewhere, .found = 1, .proofs = &by_b },
	};

	add_attestor(p, 1, (const char *const[]){ B, NULL })
	    ->entries[0]
	    .repository = mem_strdup(elsewhere);
	add_proof(&by_a, A, OURS);
	add_proof(&by_b, B, OURS);
	policy_evaluate(p, NULL, OURS, f, 2, &good);
	check_allowed(&good);
	policy_evaluate(p, NULL, OURS, f, 1, &absent);
	check_denied(&absent, ERR_NO_SIGNATURES,
	    "attestors[1]: no signatures found in r.example.com/signatures");
	f[0].proofs = &by_b;
	f[1].proofs = &by_a;
	policy_evaluate(p, NULL, OURS, f, 2, &swapped);
	check_denied(&swapped, ERR_NO_MATCH,
	    "attestors[0]: " NO_KEY "; attestors[1]: " NO_KEY);
}

TEST(a_mixture_of_codes_is_no_match)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list none = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &none };

	add_attestor(p, 1, (const char *const[]){ B, NULL })
	    ->entries[0]
	    .repository = mem_strdup("elsewhere");
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_denied(&r, ERR_NO_MATCH,
	    "attestors[0]: " NO_KEY
	    "; attestors[1]: no signatures found in elsewhere");
}

/* Of several signers one is named, always the same. */
TEST(the_signer_that_is_named)
{
	for (int turn = 0; turn < 2; turn++) {
		AUTO(policy) struct policy *p = policy_of_one(A);
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		struct policy_findings f = { .found = 2, .proofs = &proofs };

		str_list_add(&p->attestors.items[0].entries[0].demands, B);
		add_proof(&proofs, turn == 0 ? A : B, OURS);
		add_proof(&proofs, turn == 0 ? B : A, OURS);
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		CHECK_STR(r.attestors.items[0].entries[0].message,
		    "signed by " A " (r.example.com/app:sha256-aaaa.sig)");
	}
}

/* A message is cut between characters, whatever a signer wrote. */
TEST(messages_are_bounded)
{
	AUTO(proof_list) struct proof_list none = { 0 };
	char text[1200];

	for (size_t shift = 0; shift < 3; shift++) {
		AUTO(policy) struct policy *p = policy_of_one(A);
		AUTO(policy_result) struct policy_result r = { 0 };
		struct policy_rejection no = { "s", A, ERR_MALFORMED, text };
		struct policy_findings f = { NULL, NULL, 1, &none, &no, 1 };

		memset(text, 'x', sizeof(text));
		for (size_t i = shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		text[sizeof(text) - 1] = '\0';
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		CHECK(strlen(r.message) <= 400);
		CHECK(strlen(r.message) > 390);
		CHECK(str_is_utf8(slice_str(r.message)));
		CHECK(str_ends(r.message, "..."));
	}
}

TEST(a_long_annotation_is_shown_by_its_beginning)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	AUTO(str_map) struct str_map got = { 0 };
	struct proof_init init = { PROOF_SIGNATURE, "cosign", OURS, A, A, "s",
		.annotations = &got };
	struct policy_findings f = { .found = 1, .proofs = &proofs };
	char text[1000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	str_map_set(&got, "env", text);
	str_map_set(&p->attestors.items[0].entries[0].annotations, "env",
	    "prod");
	proof_list_own(&proofs, proof_new(&init));
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	CHECK(strlen(r.message) < 200);
	CHECK(str_ends(r.message, "x\", policy wants \"prod\""));
}

/* Put a nested attestor of these keys in the place of an entry. */
static struct policy_attestor *
nest(struct policy_entry *entry, size_t count, const char *const *keys)
{
	AUTO(policy) struct policy *p = new_policy();
	struct policy_attestor *nested = MEM_NEW(struct policy_attestor);

	*nested = *add_attestor(p, count, keys);
	p->attestors.items[0] = (struct policy_attestor){ 0 };
	str_list_clear(&entry->demands);
	entry->kind = POLICY_ENTRY_NESTED;
	entry->nested = nested;
	return nested;
}

/* a, and two of (b, c, d). */
TEST(nested_attestors)
{
	static const struct {
		const char *signers;
		const char *message; /* NULL: it holds */
	} cases[] = {
		{ "abc", NULL },
		{ "abcd", NULL },
		{ "ab",
		    "attestors[0]: 1 of 2 entries hold: entries[1]: 1 of 3 "
		    "entries hold, 2 needed: entries[1]: no matching "
		    "signatures: 1 found, none verifies with the policy's "
		    "keys; entries[2]: no matching signatures: 1 found, none "
		    "verifies with the policy's keys" },
		{ "bc",
		    "attestors[0]: 1 of 2 entries hold: entries[0]: " NO_KEY },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy) struct policy *p = new_policy();
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		struct policy_findings f = { .found = 1, .proofs = &proofs };
		struct policy_attestor *a =
		    add_attestor(p, 2, (const char *const[]){ A, B, NULL });

		(void)nest(&a->entries[1], 2,
		    (const char *const[]){ B, C, "sha256:key-d", NULL });
		for (const char *c = cases[i].signers; *c != '\0'; c++) {
			AUTO(str) char *key = str_printf("sha256:key-%c", *c);

			add_proof(&proofs, key, OURS);
		}
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		if (cases[i].message == NULL)
			check_allowed(&r);
		else
			check_denied(&r, ERR_NO_MATCH, cases[i].message);
	}
}

TEST(an_attestor_that_is_meant_by_name)
{
	AUTO(policy) struct policy *team = policy_of_one(B);
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result bad = { 0 };
	AUTO(policy_result) struct policy_result good = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };
	struct policy_attestor *a = p->attestors.items;

	policy_attestor_clear(a);
	team->attestors.items[0].name = mem_strdup("team");
	a->name = mem_strdup("team");
	a->meant = team->attestors.items;
	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &bad);
	check_denied(&bad, ERR_NO_MATCH, "attestor \"team\": " NO_KEY);
	add_proof(&proofs, B, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &good);
	check_allowed(&good);
}

/* What could not be searched matters only where it could make a difference. */
TEST(places_that_could_not_be_searched)
{
	static const struct {
		size_t count;
		const char *here; /* who signed where one could look */
		enum err_code code;
		const char *message; /* NULL: it holds */
	} cases[] = {
		{ 1, "a", ERR_NONE, NULL },
		{ 2, "a", ERR_TIMEOUT, "no answer" },
		{ 1, "c", ERR_TIMEOUT, "no answer" },
		{ 2, "c", ERR_NO_MATCH,
		    "attestors[0]: 0 of 2 entries hold: entries[0]: " NO_KEY
		    "; entries[1]: no answer" },
	};
	static const char elsewhere[] = "r.example.com/signatures";
	struct err failed = { ERR_TIMEOUT, "no answer" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy) struct policy *p = new_policy();
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(proof_list) struct proof_list none = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		AUTO(str)
		char *key = str_printf("sha256:key-%s", cases[i].here);
		struct policy_findings f[] = {
			{ .found = 1, .proofs = &proofs },
			{ .repository = elsewhere,
			    .proofs = &none,
			    .failed = &failed },
		};

		add_attestor(p, cases[i].count,
		    (const char *const[]){ A, B, NULL })
		    ->entries[1]
		    .repository = mem_strdup(elsewhere);
		add_proof(&proofs, key, OURS);
		policy_evaluate(p, NULL, OURS, f, 2, &r);
		if (cases[i].message == NULL)
			check_allowed(&r);
		else
			check_denied(&r, cases[i].code, cases[i].message);
	}
}

TEST(entries_that_pass_or_fail_whoever_signed)
{
	AUTO(policy) struct policy *pass = policy_of_one(A);
	AUTO(policy) struct policy *fail = policy_of_one(A);
	AUTO(policy_result) struct policy_result good = { 0 };
	AUTO(policy_result) struct policy_result bad = { 0 };

	pass->attestors.items[0].entries[0].kind = POLICY_ENTRY_PASS;
	fail->attestors.items[0].entries[0].kind = POLICY_ENTRY_FAIL;
	fail->attestors.items[0].entries[0].name = mem_strdup("authority-0");
	policy_evaluate(pass, NULL, "", NULL, 0, &good);
	check_allowed(&good);
	policy_evaluate(fail, NULL, "", NULL, 0, &bad);
	check_denied(&bad, ERR_NOT_ALLOWED,
	    "authority-0: the policy refuses this image, whoever signed it");
}

/* A good signature is not enough where the key cannot be had. */
TEST(what_cannot_be_verified_yet_never_holds)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };

	p->attestors.items[0].entries[0].keys.kms = mem_strdup("awskms://x");
	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_denied(&r, ERR_UNSUPPORTED,
	    "keys cannot be fetched from a KMS yet");
}

#define ISSUER "https://issuer.example"
#define SUBJECT                                                                \
	"https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main"

static void
want_text(struct policy_texts *list, enum policy_how how, const char *text)
{
	struct err e = { 0 };

	CHECK_OK(policy_texts_add(list, how, text, &e), &e);
}

/* An entry for this identity. */
static struct policy *
policy_of_identity(enum policy_how how, const char *issuer, const char *subject)
{
	struct policy *p = policy_of_one(A);
	struct policy_entry *entry = &p->attestors.items[0].entries[0];

	entry->kind = POLICY_ENTRY_KEYLESS;
	entry->keyless.items = mem_calloc(1, sizeof(*entry->keyless.items));
	entry->keyless.n = 1;
	if (issuer != NULL)
		want_text(&entry->keyless.items->issuers, how, issuer);
	if (subject != NULL)
		want_text(&entry->keyless.items->subjects, how, subject);
	return p;
}

#define NOT "no matching signatures: certificate identity does not match: "

TEST(identities_hold_as_they_are_meant)
{
	static const struct {
		enum policy_how how;
		const char *issuer, *subject;
		const char *message; /* NULL: it holds */
	} cases[] = {
		{ POLICY_EXACTLY, ISSUER, SUBJECT, NULL },
		{ POLICY_EXACTLY, NULL, NULL, NULL },
		{ POLICY_EXACTLY, ISSUER "/", SUBJECT,
		    NOT "issuer is \"" ISSUER "\", policy wants \"" ISSUER
			"/\"" },
		{ POLICY_EXACTLY, ISSUER, "https://github.com/acme/app",
		    NOT "subject is \"" SUBJECT
			"\", policy wants \"https://github.com/acme/app\"" },
		{ POLICY_WILDCARD, "https://*", "https://github.com/acme/*",
		    NULL },
		{ POLICY_WILDCARD, "https://*", "github.com/*",
		    NOT "subject is \"" SUBJECT
			"\", policy wants like \"github.com/*\"" },
		{ POLICY_REGEXP, ISSUER, "https://github\\.com/acme/.*", NULL },
		/* The whole text, not a part of it. */
		{ POLICY_REGEXP, ISSUER, "https://github\\.com/acme",
		    NOT "subject is \"" SUBJECT "\", policy wants matching "
			"\"https://github\\.com/acme\"" },
		{ POLICY_REGEXP_PART, ISSUER, "github\\.com/acme", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy)
		struct policy *p = policy_of_identity(cases[i].how,
		    cases[i].issuer, cases[i].subject);
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		struct policy_findings f = { .found = 1, .proofs = &proofs };
		struct proof_init init = { PROOF_SIGNATURE, "bundle", OURS, B,
			A, "s", .subject = SUBJECT, .issuer = ISSUER };

		printf("# %zu\n", i);
		proof_list_own(&proofs, proof_new(&init));
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		if (cases[i].message == NULL)
			check_allowed(&r);
		else
			check_denied(&r, ERR_IDENTITY, cases[i].message);
	}
}

TEST(a_certificate_that_names_no_issuer)
{
	AUTO(policy)
	struct policy *p =
	    policy_of_identity(POLICY_REGEXP_PART, ".*", SUBJECT);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result r = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };
	struct proof_init init = { PROOF_SIGNATURE, "bundle", OURS, B, A, "s",
		.subject = SUBJECT };

	proof_list_own(&proofs, proof_new(&init));
	policy_evaluate(p, NULL, OURS, &f, 1, &r);
	check_denied(&r, ERR_IDENTITY,
	    NOT "issuer is not named, policy wants matching \".*\"");
}

TEST(extensions_must_be_there_and_equal)
{
	static const struct {
		const char *name, *want;
		bool wild;
		const char *message;
	} cases[] = {
		{ "githubWorkflowRef", "refs/heads/main", false, NULL },
		{ "1.3.6.1.4.1.57264.1.6", "refs/heads/main", false, NULL },
		{ "githubWorkflowRef", "refs/*", true, NULL },
		{ "githubWorkflowRef", "refs/*", false,
		    "no matching signatures: certificate extension does not "
		    "match: githubWorkflowRef is \"refs/heads/main\", policy "
		    "wants \"refs/*\"" },
		{ "githubWorkflowSha", "x", false,
		    "no matching signatures: certificate extension does not "
		    "match: githubWorkflowSha is missing" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(policy)
		struct policy *p =
		    policy_of_identity(POLICY_EXACTLY, ISSUER, SUBJECT);
		struct policy_keyless *k =
		    &p->attestors.items[0].entries[0].keyless;
		AUTO(proof_list) struct proof_list proofs = { 0 };
		AUTO(policy_result) struct policy_result r = { 0 };
		AUTO(str_map) struct str_map extensions = { 0 };
		struct policy_findings f = { .found = 1, .proofs = &proofs };
		struct proof_init init = { PROOF_SIGNATURE, "bundle", OURS, B,
			A, "s", .subject = SUBJECT, .issuer = ISSUER,
			.extensions = &extensions };

		printf("# %zu\n", i);
		str_map_set(&extensions, "githubWorkflowRef",
		    "refs/heads/main");
		str_map_set(&extensions, "1.3.6.1.4.1.57264.1.6",
		    "refs/heads/main");
		str_map_set(&k->extensions, cases[i].name, cases[i].want);
		k->wild_extensions = cases[i].wild;
		proof_list_own(&proofs, proof_new(&init));
		policy_evaluate(p, NULL, OURS, &f, 1, &r);
		if (cases[i].message == NULL)
			check_allowed(&r);
		else
			check_denied(&r, ERR_IDENTITY, cases[i].message);
	}
}

static void
add_attestation(struct policy *p, const char *type, const char *key)
{
	struct policy *other = policy_of_one(key);

	p->attestations = mem_calloc(1, sizeof(*p->attestations));
	p->nattestations = 1;
	p->attestations[0].type = mem_strdup(type);
	p->attestations[0].attestors = other->attestors;
	other->attestors = (struct policy_attestors){ 0 };
	policy_free(other);
}

static void
add_attestation_proof(struct proof_list *list, const char *type)
{
	struct proof_init init = { .kind = PROOF_ATTESTATION,
		.format = "bundle",
		.image_digest = OURS,
		.key = A,
		.demand = A,
		.source = "s",
		.predicate_type = type };

	proof_list_own(list, proof_new(&init));
}

TEST(attestations)
{
	AUTO(policy) struct policy *p = new_policy();
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result none = { 0 };
	AUTO(policy_result) struct policy_result other = { 0 };
	AUTO(policy_result) struct policy_result good = { 0 };
	AUTO(policy_result) struct policy_result conditions = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };

	add_attestation(p, "vuln", A);
	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &none);
	check_denied(&none, ERR_WRONG_TYPE,
	    "attestation vuln: no matching attestations: there is no "
	    "attestation of this type");
	add_attestation_proof(&proofs, "sbom");
	policy_evaluate(p, NULL, OURS, &f, 1, &other);
	CHECK_INT(other.verdict, VERDICT_DENY);
	add_attestation_proof(&proofs, "vuln");
	policy_evaluate(p, NULL, OURS, &f, 1, &good);
	check_allowed(&good);
	p->attestations[0].conditions.items =
	    mem_calloc(1, sizeof(struct policy_condition_block));
	p->attestations[0].conditions.n = 1;
	policy_evaluate(p, NULL, OURS, &f, 1, &conditions);
	check_denied(&conditions, ERR_UNSUPPORTED,
	    "attestation vuln: its conditions cannot be evaluated yet");
}

TEST(attestations_instead_of_a_signature)
{
	AUTO(policy) struct policy *p = policy_of_one(A);
	AUTO(proof_list) struct proof_list proofs = { 0 };
	AUTO(policy_result) struct policy_result signed_ = { 0 };
	AUTO(policy_result) struct policy_result one = { 0 };
	AUTO(policy_result) struct policy_result both = { 0 };
	struct policy_findings f = { .found = 1, .proofs = &proofs };
	struct str_list *types = &p->attestors.items[0].entries[0].predicates;

	str_list_add(types, "vuln");
	str_list_add(types, "sbom");
	add_proof(&proofs, A, OURS);
	policy_evaluate(p, NULL, OURS, &f, 1, &signed_);
	CHECK_INT(signed_.verdict, VERDICT_DENY);
	add_attestation_proof(&proofs, "vuln");
	policy_evaluate(p, NULL, OURS, &f, 1, &one);
	CHECK_INT(one.verdict, VERDICT_DENY);
	add_attestation_proof(&proofs, "sbom");
	policy_evaluate(p, NULL, OURS, &f, 1, &both);
	check_allowed(&both);
}

TEST_MAIN

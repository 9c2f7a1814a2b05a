/* What the gate makes of digests, of what is on the node already, and of
 * exemptions. */
#include "base/rfc3339.h"
#include "gate_world.h"

#define OTHER_DIGEST                                                           \
	"sha256:"                                                              \
	"2222222222222222222222222222222222222222222222222222222222222222"
#define ID                                                                     \
	"sha256:"                                                              \
	"3333333333333333333333333333333333333333333333333333333333333333"

/* Of an image that is on the node. */
static struct gate_answer
ask_about(struct gate *g, const char *image, const struct gate_present *present)
{
	struct gate_answer answer;

	gate_check(g,
	    &(struct gate_request){ .door = GATE_CREATE,
		.image = slice_str(image),
		.present = present },
	    &answer);
	return answer;
}

static struct gate_answer
ask_present(struct gate *g, const char *image, const char *digest)
{
	return ask_about(g, image,
	    &(struct gate_present){ .digest = digest, .id = ID });
}

TEST(what_is_present_is_asked_about_by_its_digest)
{
	AUTO(gate) struct gate *g = gate_for("");
	AUTO(gate_answer) struct gate_answer good = { 0 };
	AUTO(gate_answer) struct gate_answer bad = { 0 };
	AUTO(gate_answer) struct gate_answer lie = { 0 };
	AUTO(gate_answer) struct gate_answer none = { 0 };

	world_reset();
	world.signer = ours;
	good = ask_present(g, "r.example.com/app:1", DIGEST);
	CHECK(good.verdict == VERDICT_ALLOW);
	CHECK_STR(good.image, "r.example.com/app:1");
	world.signer = theirs;
	bad = ask_present(g, "r.example.com/app:1", DIGEST);
	CHECK(bad.verdict == VERDICT_DENY);
	CHECK_INT(bad.code, ERR_NO_MATCH);
	/* The pod names one digest, and the node has another. */
	world.signer = ours;
	lie = ask_present(g, "r.example.com/app@" DIGEST, OTHER_DIGEST);
	CHECK(lie.verdict == VERDICT_DENY);
	CHECK_INT(lie.code, ERR_DIGEST_MISMATCH);
	atomic_store(&world.resolved, 0);
	none = ask_present(g, "r.example.com/app:1", NULL);
	CHECK(none.verdict == VERDICT_DENY);
	CHECK_STR(err_name(none.code), "no-repository-digest");
	CHECK_INT(atomic_load(&world.resolved), 0);
}

TEST(rules_about_the_name_hold_for_what_is_present_too)
{
	AUTO(gate)
	struct gate *g = gate_for("  reference: {denyTags: [\"1\"]}\n");
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	world.signer = ours;
	a = ask_present(g, "r.example.com/app:1", DIGEST);
	CHECK(a.verdict == VERDICT_DENY);
	CHECK_INT(a.code, ERR_NOT_ALLOWED);
}

TEST(for_what_is_present_no_evidence_is_too_old)
{
	AUTO(store) struct store *store = store_for(0, 0);
	AUTO(gate) struct gate *g = gate_keeping(store, "");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer b = { 0 };
	AUTO(gate_answer) struct gate_answer c = { 0 };

	world_reset();
	world.signer = ours;
	a = ask(g, "r.example.com/app:1");
	CHECK(a.verdict == VERDICT_ALLOW);
	sleep(2);
	/* The registry wants credentials, of which a container has none. */
	world.resolve_error = world.signatures_error = ERR_UNAUTHORIZED;
	b = ask_present(g, "r.example.com/app:1", DIGEST);
	CHECK(b.verdict == VERDICT_ALLOW);
	CHECK(b.cache == GATE_CACHE_EVIDENCE);
	c = ask_present(g, "r.example.com/other:1", DIGEST);
	CHECK(c.verdict == VERDICT_DENY);
	CHECK_INT(c.code, ERR_UNAUTHORIZED);
}

TEST(evidence_that_refuses_what_is_present_stays_a_refusal)
{
	AUTO(store) struct store *store = store_for(60, 60);
	AUTO(gate)
	struct gate *g = gate_keeping(store, "  failurePolicy: Ignore\n");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer b = { 0 };

	world_reset();
	world.signer = theirs;
	a = ask_present(g, "r.example.com/app:1", DIGEST);
	CHECK_INT(a.code, ERR_NO_MATCH);
	world.signatures_error = ERR_UNAUTHORIZED;
	b = ask_present(g, "r.example.com/app:1", DIGEST);
	CHECK(b.verdict == VERDICT_DENY);
	CHECK_INT(b.code, ERR_NO_MATCH);
}

TEST(a_digest_is_denied_whoever_signed_it)
{
	AUTO(gate)
	struct gate *g = gate_for("  digests: {deny: [\"" DIGEST "\"]}\n");
	AUTO(gate)
	struct gate *by_id = gate_for("  digests: {deny: [\"" ID "\"]}\n");
	AUTO(gate_answer) struct gate_answer by_tag = { 0 };
	AUTO(gate_answer) struct gate_answer by_digest = { 0 };
	AUTO(gate_answer) struct gate_answer present = { 0 };

	world_reset();
	world.signer = ours;
	by_tag = ask(g, "r.example.com/app:1");
	CHECK(by_tag.verdict == VERDICT_DENY);
	CHECK_STR(by_tag.message,
	    "SignatureValidationFailed: image \"r.example.com/app:1\": policy "
	    "\"signed\": digest " DIGEST " is denied");
	atomic_store(&world.resolved, 0);
	by_digest = ask(g, "r.example.com/app@" DIGEST);
	CHECK_STR(err_name(by_digest.code), "digest-denied");
	CHECK_INT(atomic_load(&world.resolved), 0);
	present = ask_present(by_id, "r.example.com/app:1", DIGEST);
	CHECK_STR(err_name(present.code), "digest-denied");
}

/* Two manifests of one config: what the one is denied, the other is too. */
TEST(a_digest_is_denied_by_any_that_the_image_is_known_by)
{
	static const char *const extras[] = { "", "  failurePolicy: Ignore\n" };

	for (size_t i = 0; i < COUNT_OF(extras); i++) {
		AUTO(str)
		char *extra = str_printf("  digests: {deny: [\"%s\"]}\n%s",
		    OTHER_DIGEST, extras[i]);
		AUTO(gate) struct gate *g = gate_for(extra);
		AUTO(str_list) struct str_list all = { 0 };
		struct gate_present present = { .digest = DIGEST,
			.id = ID,
			.digests = &all };
		AUTO(gate_answer) struct gate_answer alone = { 0 };
		AUTO(gate_answer) struct gate_answer twin = { 0 };

		world_reset();
		world.signer = ours;
		alone = ask_present(g, "r.example.com/app:1", DIGEST);
		CHECK(alone.verdict == VERDICT_ALLOW);
		str_list_add(&all, DIGEST);
		str_list_add(&all, OTHER_DIGEST);
		twin = ask_about(g, "r.example.com/app:1", &present);
		CHECK(twin.verdict == VERDICT_DENY);
		CHECK_STR(err_name(twin.code), "digest-denied");
	}
}

TEST(a_digest_is_allowed_only_by_the_one_that_is_asked_about)
{
	AUTO(gate)
	struct gate *g =
	    gate_for("  digests: {allow: [\"" OTHER_DIGEST "\"]}\n");
	AUTO(str_list) struct str_list all = { 0 };
	struct gate_present present = { .digest = DIGEST,
		.id = ID,
		.digests = &all };
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	str_list_add(&all, DIGEST);
	str_list_add(&all, OTHER_DIGEST);
	a = ask_about(g, "r.example.com/app:1", &present);
	CHECK(a.verdict == VERDICT_DENY);
	CHECK_INT(a.code, ERR_NO_SIGNATURES);
}

/* It is listed by its SHA-256, and named by another algorithm: nothing is said of
 * it before that is known. */
TEST(a_digest_is_denied_under_another_algorithm_too)
{
	static const char other[] =
	    "sha512:"
	    "11111111111111111111111111111111111111111111111111111111111111111111"
	    "111111111111111111111111111111111111111111111111111111111111";
	AUTO(gate)
	struct gate *g = gate_with("---\n"
				   "apiVersion: pullgate.dev/v1\n"
				   "kind: ImagePolicy\n"
				   "metadata: {name: veto}\n"
				   "spec:\n"
				   "  images: [\"**\"]\n"
				   "  digests: {deny: [\"" DIGEST "\"]}\n",
	    (struct gate_settings){ .unmatched = GATE_UNMATCHED_ALLOW });
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	world.resolve_error = ERR_REGISTRY;
	a = ask_present(g, "r.example.com/app:1", other);
	CHECK(a.verdict == VERDICT_DENY);
	CHECK_INT(a.code, ERR_REGISTRY);
}

TEST(a_digest_in_the_name_is_none_of_an_image_without_one)
{
	AUTO(gate)
	struct gate *g = gate_for("  digests: {allow: [\"" DIGEST "\"]}\n");
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	a = ask_present(g, "r.example.com/app@" DIGEST, NULL);
	CHECK(a.verdict == VERDICT_DENY);
	CHECK_INT(a.code, ERR_DIGEST_MISMATCH);
}

TEST(a_digest_that_is_allowed_needs_no_signature)
{
	AUTO(gate)
	struct gate *g = gate_for("  digests: {allow: [\"" ID "\"]}\n");
	AUTO(gate_answer) struct gate_answer imported = { 0 };
	AUTO(gate_answer) struct gate_answer pulled = { 0 };

	world_reset();
	imported = ask_present(g, "r.example.com/app:1", NULL);
	CHECK(imported.verdict == VERDICT_ALLOW);
	pulled = ask(g, "r.example.com/app:1");
	CHECK(pulled.verdict == VERDICT_DENY);
	CHECK_INT(pulled.code, ERR_NO_SIGNATURES);
}

/* Only takes away, and admits nothing. */
static const char veto[] = "---\n"
			   "apiVersion: pullgate.dev/v1\n"
			   "kind: ImagePolicy\n"
			   "metadata: {name: veto}\n"
			   "spec:\n"
			   "  images: [\"**\"]\n"
			   "  digests: {deny: [\"" OTHER_DIGEST "\"]}\n";

TEST(a_policy_that_only_denies_covers_nothing)
{
	static const struct {
		enum gate_unmatched unmatched;
		const char *image;
		enum verdict want;
		const char *cause;
	} cases[] = {
		{ GATE_UNMATCHED_DENY, "r.example.com/app:1", VERDICT_DENY,
		    "no-policy" },
		{ GATE_UNMATCHED_ALLOW, "r.example.com/app:1", VERDICT_ALLOW,
		    "none" },
		{ GATE_UNMATCHED_ALLOW, "r.example.com/app@" OTHER_DIGEST,
		    VERDICT_DENY, "digest-denied" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(gate)
		struct gate *g = gate_with(veto,
		    (struct gate_settings){ .unmatched = cases[i].unmatched });
		AUTO(gate_answer) struct gate_answer a = { 0 };

		world_reset();
		a = ask(g, cases[i].image);
		CHECK(a.verdict == cases[i].want);
		CHECK_STR(err_name(a.code), cases[i].cause);
	}
}

TEST(what_only_a_list_decides_is_resolved_and_pinned)
{
	AUTO(gate)
	struct gate *g = gate_with(veto,
	    (struct gate_settings){ .unmatched = GATE_UNMATCHED_ALLOW });
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer away = { 0 };

	world_reset();
	a = ask(g, "r.example.com/app:1");
	CHECK(a.verdict == VERDICT_ALLOW);
	CHECK_STR(a.pinned, "r.example.com/app@" DIGEST);
	CHECK_INT(atomic_load(&world.searched), 0);
	world.resolve_error = ERR_REGISTRY;
	away = ask(g, "r.example.com/app:1");
	CHECK(away.verdict == VERDICT_DENY);
	CHECK_INT(away.code, ERR_REGISTRY);
}

/* A time so many seconds from now, as a document has it. */
static char *
time_in(int seconds)
{
	char text[RFC3339_TEXT_MAX];

	rfc3339_text(clock_now() + seconds, text);
	return mem_strdup(text);
}

static struct gate *
gate_exempting(const char *what, int seconds, const char *extra)
{
	AUTO(str) char *policy = policy_text("signed", extra);
	AUTO(str) char *until = time_in(seconds);
	AUTO(str)
	char *text = str_printf("%s---\n"
				"apiVersion: pullgate.dev/v1\n"
				"kind: Exemption\n"
				"metadata: {name: incident}\n"
				"spec:\n"
				"  %s\n"
				"  namespaces: [\"*\"]\n"
				"  reason: the signer is down\n"
				"  notAfter: %s\n",
	    policy, what, until);

	return gate_with(text,
	    (struct gate_settings){ .negative_ttl_ms = 10000 });
}

static struct gate_answer
ask_for_prod(struct gate *g, const char *image)
{
	struct gate_answer answer;

	gate_check(g,
	    &(struct gate_request){ .image = slice_str(image),
		.namespace_ = "prod" },
	    &answer);
	return answer;
}

TEST(an_exemption_admits_what_would_be_refused_and_says_so)
{
	static const struct {
		const char *what;
		int seconds;
		const char *extra;
		bool admits;
	} cases[] = {
		{ "images: [\"r.example.com/app:*\"]", 600, "", true },
		{ "digests: [\"" DIGEST "\"]", 600, "", true },
		{ "images: [\"r.example.com/other:*\"]", 600, "", false },
		{ "digests: [\"" OTHER_DIGEST "\"]", 600, "", false },
		{ "images: [\"r.example.com/app:*\"]", -1, "", false },
		/* What is denied stays so. */
		{ "images: [\"r.example.com/app:*\"]", 600,
		    "  digests: {deny: [\"" DIGEST "\"]}\n", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(gate)
		struct gate *g = gate_exempting(cases[i].what, cases[i].seconds,
		    cases[i].extra);

		/* The second time, a refusal is remembered. */
		for (int again = 0; again < 2; again++) {
			AUTO(gate_answer) struct gate_answer a = { 0 };

			world_reset();
			a = ask_for_prod(g, "r.example.com/app:1");
			printf("# case %zu: %s\n", i, a.message);
			CHECK((a.verdict == VERDICT_ALLOW) == cases[i].admits);
			if (!cases[i].admits)
				continue;
			CHECK_STR(gate_verdict_word(&a), "exempted");
			CHECK_STR(a.exemption, "incident");
			CHECK_STR(a.reason, "the signer is down");
			CHECK_STR(a.pinned, "r.example.com/app@" DIGEST);
		}
	}
}

/* A refusal that needs no registry is pinned before it is exempted, so that what
 * is denied by its digest is found. */
TEST(an_exemption_of_an_early_refusal_knows_the_digest)
{
	static const char *const extras[] = {
		"  reference: {denyTags: [\"1\"]}\n",
		"  reference: {denyTags: [\"1\"]}\n"
		"  digests: {deny: [\"" DIGEST "\"]}\n",
	};

	for (size_t i = 0; i < COUNT_OF(extras); i++) {
		AUTO(gate)
		struct gate *g =
		    gate_exempting("images: [\"r.example.com/app:*\"]", 600,
			extras[i]);
		AUTO(gate_answer) struct gate_answer a = { 0 };
		AUTO(gate_answer) struct gate_answer away = { 0 };

		world_reset();
		a = ask_for_prod(g, "r.example.com/app:1");
		CHECK((a.verdict == VERDICT_ALLOW) == (i == 0));
		if (i == 0)
			CHECK_STR(a.pinned, "r.example.com/app@" DIGEST);
		/* With a list of what is denied, nobody guesses. */
		world.resolve_error = ERR_REGISTRY;
		away = ask_for_prod(g, "r.example.com/app:1");
		CHECK((away.verdict == VERDICT_ALLOW) == (i == 0));
	}
}

TEST(an_exemption_mends_nothing_about_the_request)
{
	AUTO(gate) struct gate *g = gate_exempting("images: [\"**\"]", 600, "");
	AUTO(gate_answer) struct gate_answer bad = { 0 };
	AUTO(gate_answer) struct gate_answer checkpoint = { 0 };

	world_reset();
	bad = ask_for_prod(g, "UPPER");
	CHECK_INT(bad.code, ERR_BAD_REFERENCE);
	CHECK(bad.verdict == VERDICT_DENY);
	world.checkpoint = true;
	checkpoint = ask_for_prod(g, "r.example.com/app:1");
	CHECK(checkpoint.verdict == VERDICT_DENY);
	CHECK_STR(err_name(checkpoint.code), "checkpoint");
}

TEST(an_exemption_is_not_named_where_none_was_needed)
{
	AUTO(gate)
	struct gate *g =
	    gate_exempting("images: [\"r.example.com/app:*\"]", 600, "");
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	world.signer = ours;
	a = ask_for_prod(g, "r.example.com/app:1");
	CHECK(a.verdict == VERDICT_ALLOW);
	CHECK(a.exemption == NULL);
	CHECK_STR(gate_verdict_word(&a), "allowed");
}

TEST(a_checkpoint_is_refused_unless_they_are_allowed)
{
	AUTO(str) char *text = policy_text("signed", "");

	for (int allowed = 0; allowed < 2; allowed++) {
		AUTO(gate)
		struct gate *g = gate_with(text,
		    (struct gate_settings){ .checkpoints = allowed == 1 });
		AUTO(gate_answer) struct gate_answer a = { 0 };
		AUTO(gate_answer) struct gate_answer told = { 0 };
		struct gate_present present = { .digest = DIGEST,
			.id = ID,
			.checkpoint = true };

		world_reset();
		world.signer = ours;
		world.checkpoint = true;
		a = ask(g, "r.example.com/app:1");
		CHECK((a.verdict == VERDICT_ALLOW) == (allowed == 1));
		if (allowed == 0)
			CHECK_STR(err_name(a.code), "checkpoint");
		world.checkpoint = false;
		told = ask_about(g, "r.example.com/app:1", &present);
		CHECK((told.verdict == VERDICT_ALLOW) == (allowed == 1));
	}
}

TEST(a_checkpoint_that_no_policy_covers_is_refused_too)
{
	AUTO(gate)
	struct gate *g = gate_with(veto,
	    (struct gate_settings){ .unmatched = GATE_UNMATCHED_ALLOW });
	AUTO(gate_answer) struct gate_answer a = { 0 };
	struct gate_present present = { .digest = DIGEST,
		.id = ID,
		.checkpoint = true };

	world_reset();
	a = ask_about(g, "elsewhere.example.com/app:1", &present);
	CHECK(a.verdict == VERDICT_DENY);
	CHECK_STR(err_name(a.code), "checkpoint");
}

TEST(a_name_without_a_registry_is_refused_where_it_needs_one)
{
	static const struct {
		const char *image;
		bool refused;
	} cases[] = { { "app:1", true }, { "acme/app:1", true },
		{ "docker.io/acme/app:1", false },
		{ "r.example.com/app:1", false }, { "localhost/app", false } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(gate)
		struct gate *g =
		    gate_with(veto, (struct gate_settings){
					.unmatched = GATE_UNMATCHED_ALLOW });
		AUTO(gate_answer) struct gate_answer a = { 0 };

		world_reset();
		gate_check(g,
		    &(struct gate_request){ .image = slice_str(cases[i].image),
			.needs_registry = true },
		    &a);
		printf("# %s\n", cases[i].image);
		CHECK((a.verdict == VERDICT_DENY) == cases[i].refused);
		if (cases[i].refused)
			CHECK_INT(a.code, ERR_BAD_REFERENCE);
	}
}

TEST(the_canary_is_refused_whatever_is_configured)
{
	AUTO(gate)
	struct gate *g = gate_with(veto,
	    (struct gate_settings){ .unmatched = GATE_UNMATCHED_ALLOW });
	AUTO(gate)
	struct gate *exempting = gate_exempting("images: [\"**\"]", 600, "");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer b = { 0 };

	world_reset();
	a = ask(g, GATE_CANARY);
	CHECK(a.verdict == VERDICT_DENY);
	CHECK(
	    str_starts(a.message, "SignatureValidationFailed: image "
				  "\"canary.pullgate.invalid/unsigned:1\": "));
	b = ask_for_prod(exempting, GATE_CANARY);
	CHECK(b.verdict == VERDICT_DENY);
	CHECK_INT(atomic_load(&world.resolved), 0);
}

TEST(a_status_names_no_pod_and_so_passes_what_is_for_some_pods)
{
	AUTO(gate) struct gate *g = gate_for("  namespaces: [prod]\n");
	struct gate_request request = { .door = GATE_STATUS,
		.image = slice_str("r.example.com/app:1") };
	AUTO(gate_answer) struct gate_answer status = { 0 };
	AUTO(gate_answer) struct gate_answer other = { 0 };
	AUTO(gate_answer) struct gate_answer pull = { 0 };

	world_reset();
	gate_check(g, &request, &status);
	CHECK(status.verdict == VERDICT_ALLOW);
	request.door = GATE_PULL;
	gate_check(g, &request, &pull);
	CHECK_INT(pull.code, ERR_NO_POLICY);
	request.door = GATE_STATUS;
	request.image = slice_str("elsewhere.example.com/app:1");
	gate_check(g, &request, &other);
	CHECK_INT(other.code, ERR_NO_POLICY);
}

WORLD_MAIN

/* The gate with real policies, keys and signatures, and a registry of the
 * test's own behind it. */
#include "gate_world.h"

TEST(a_signed_image_is_admitted_and_pinned)
{
	AUTO(gate) struct gate *g = gate_for("");
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	world.signer = ours;
	a = ask(g, "r.example.com/app");
	CHECK(a.verdict == VERDICT_ALLOW);
	CHECK(a.message == NULL);
	CHECK_STR(a.image, "r.example.com/app:latest");
	CHECK_STR(a.pinned, "r.example.com/app@" DIGEST);
	CHECK_STR(a.tag, "r.example.com/app:latest");
	CHECK_STR(a.target.digest, DIGEST);
	CHECK_STR(a.policies, "signed");
	CHECK(a.cache == GATE_CACHE_MISS);
}

TEST(a_digest_needs_no_tag_afterwards)
{
	AUTO(gate) struct gate *g = gate_for("");
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	world.signer = ours;
	a = ask(g, "r.example.com/app:1@" DIGEST);
	CHECK(a.verdict == VERDICT_ALLOW);
	CHECK_STR(a.pinned, "r.example.com/app@" DIGEST);
	CHECK(a.tag == NULL);
}

TEST(refusals_say_what_and_why)
{
	static const struct {
		const char *what;
		const char *extra; /* of the policy */
		bool foreign;
		enum err_code resolve, signatures;
		enum err_code want;
		const char *starts;
	} cases[] = {
		{ "unsigned", "", false, ERR_NONE, ERR_NONE, ERR_NO_SIGNATURES,
		    "SignatureValidationFailed: image "
		    "\"r.example.com/app:1\": policy \"signed\": no "
		    "signatures found" },
		{ "another key", "", true, ERR_NONE, ERR_NONE, ERR_NO_MATCH,
		    "SignatureValidationFailed: image "
		    "\"r.example.com/app:1\": policy \"signed\": no "
		    "matching signatures" },
		{ "registry away", "", false, ERR_REGISTRY, ERR_NONE,
		    ERR_REGISTRY,
		    "RegistryUnavailable: image \"r.example.com/app:1\": "
		    "policy \"signed\": registry r.example.com: trouble" },
		{ "no access to signatures", "", false, ERR_NONE,
		    ERR_UNAUTHORIZED, ERR_UNAUTHORIZED,
		    "RegistryUnavailable: " },
		{ "a registry that lies", "", false, ERR_DIGEST_MISMATCH,
		    ERR_NONE, ERR_DIGEST_MISMATCH,
		    "SignatureValidationFailed: " },
		{ "too much", "", false, ERR_NONE, ERR_LIMIT, ERR_LIMIT,
		    "SignatureValidationFailed: " },
		{ "our own fault", "  failurePolicy: Ignore\n", false,
		    ERR_INTERNAL, ERR_NONE, ERR_INTERNAL,
		    "SignatureValidationFailed: " },
		{ "Ignore does not soften a refusal",
		    "  failurePolicy: Ignore\n", false, ERR_NONE, ERR_NONE,
		    ERR_NO_SIGNATURES, "SignatureValidationFailed: " },
		{ "a tag that is denied", "  reference: {denyTags: [\"1\"]}\n",
		    false, ERR_NONE, ERR_NONE, ERR_NOT_ALLOWED,
		    "SignatureValidationFailed: image "
		    "\"r.example.com/app:1\": policy \"signed\": " },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(gate) struct gate *g = gate_for(cases[i].extra);
		AUTO(gate_answer) struct gate_answer a = { 0 };

		printf("# %s\n", cases[i].what);
		world_reset();
		world.signer = cases[i].foreign ? theirs : NULL;
		world.resolve_error = cases[i].resolve;
		world.signatures_error = cases[i].signatures;
		a = ask(g, "r.example.com/app:1");
		CHECK(a.verdict == VERDICT_DENY);
		CHECK_STR(err_name(a.code), err_name(cases[i].want));
		if (a.message == NULL ||
		    !str_starts(a.message, cases[i].starts))
			FAIL("text: %s", a.message);
	}
}

TEST(a_good_signature_of_something_else_says_so)
{
	AUTO(gate) struct gate *g = gate_for("");
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	world.signer = ours;
	world.payload = "{\"critical\":{\"identity\":{},\"image\":{"
			"\"docker-manifest-digest\":\"sha256:22\"},"
			"\"type\":\"cosign container image signature\"}}";
	a = ask(g, "r.example.com/app:1");
	CHECK_STR(err_name(a.code), "signed-for-another-image");
	CHECK(strstr(a.message, "digest mismatch, signed sha256:22") != NULL);
}

TEST(what_is_overlooked_is_admitted_and_said)
{
	static const char *const extras[] = { "  action: audit\n",
		"  action: warn\n", "  failurePolicy: Ignore\n" };

	for (size_t i = 0; i < COUNT_OF(extras); i++) {
		AUTO(gate) struct gate *g = gate_for(extras[i]);
		AUTO(gate_answer) struct gate_answer a = { 0 };

		world_reset();
		world.resolve_error = ERR_REGISTRY;
		a = ask(g, "r.example.com/app:1");
		CHECK(a.verdict == VERDICT_ALLOW);
		CHECK(a.pinned == NULL);
		CHECK_STR(a.message,
		    "image \"r.example.com/app:1\": policy \"signed\": "
		    "registry r.example.com: trouble");
	}
}

/* Two attestors, one of which looks elsewhere. */
static struct gate *
gate_of_two_places(void)
{
	AUTO(str)
	char *text = policy_text("signed", "  failurePolicy: Ignore\n");
	AUTO(str) char *pem = pem_of(ours);
	AUTO(str)
	char *both = str_printf("%s"
				"    - repository: r.example.com/sigs\n"
				"      entries:\n"
				"        - keys:\n"
				"            publicKeys: |\n%s"
				"          rekor: {ignoreTlog: true}\n",
	    text, pem);

	return gate_with(both, (struct gate_settings){ 0 });
}

TEST(one_place_that_refuses_decides_whatever_another_would_say)
{
	AUTO(gate) struct gate *g = gate_of_two_places();
	AUTO(gate_answer) struct gate_answer refused = { 0 };
	AUTO(gate_answer) struct gate_answer unsure = { 0 };
	AUTO(gate_answer) struct gate_answer held = { 0 };

	world_reset();
	world.signatures_error = ERR_REGISTRY;
	world.only_elsewhere = true;
	refused = ask(g, "r.example.com/app:1");
	CHECK(refused.verdict == VERDICT_DENY);
	CHECK(str_starts(refused.message, "SignatureValidationFailed: "));

	world.signer = ours;
	unsure = ask(g, "r.example.com/app:1");
	CHECK(unsure.verdict == VERDICT_ALLOW);
	CHECK_STR(err_name(unsure.code), "registry-unavailable");

	world.signatures_error = ERR_NONE;
	held = ask(g, "r.example.com/app:1");
	CHECK(held.verdict == VERDICT_ALLOW && held.message == NULL);
}

TEST(unmatched_images_get_the_configured_verdict)
{
	static const struct {
		enum gate_unmatched unmatched;
		enum verdict verdict;
		const char *message;
	} cases[] = {
		{ GATE_UNMATCHED_DENY, VERDICT_DENY,
		    "SignatureValidationFailed: image "
		    "\"docker.io/library/nginx:latest\": no policy covers "
		    "this image" },
		{ GATE_UNMATCHED_WARN, VERDICT_ALLOW,
		    "image \"docker.io/library/nginx:latest\": no policy "
		    "covers this image" },
		{ GATE_UNMATCHED_ALLOW, VERDICT_ALLOW, NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str) char *text = policy_text("signed", "");
		AUTO(gate)
		struct gate *g = gate_with(text,
		    (struct gate_settings){ .unmatched = cases[i].unmatched });
		AUTO(gate_answer) struct gate_answer a = { 0 };

		world_reset();
		a = ask(g, "nginx");
		CHECK(a.verdict == cases[i].verdict);
		CHECK(a.pinned == NULL);
		CHECK(str_equal_null(a.message, cases[i].message));
		CHECK_INT(atomic_load(&world.resolved), 0);
	}
}

TEST(every_policy_must_hold_and_all_that_do_not_are_named)
{
	AUTO(str) char *a_text = policy_text("alpha", "");
	AUTO(str) char *b_text = policy_text("beta", "");
	AUTO(str) char *both = str_printf("%s%s", b_text, a_text);
	AUTO(gate)
	struct gate *g = gate_with(both, (struct gate_settings){ 0 });
	AUTO(gate_answer) struct gate_answer a = { 0 };

	world_reset();
	a = ask(g, "r.example.com/app:1");
	CHECK_STR(a.message,
	    "SignatureValidationFailed: image \"r.example.com/app:1\": policy "
	    "\"alpha\": no signatures found; policy \"beta\": no signatures "
	    "found");
	CHECK_STR(a.policies, "alpha,beta");
	CHECK_INT(atomic_load(&world.searched), 1);
}

TEST(what_is_no_reference_is_refused_in_one_clean_line)
{
	static const struct {
		const char *image;
		size_t len;
	} cases[] = { { "", 0 }, { "app/UPPER", 9 }, { "a\0evil", 6 },
		{ "a\nb", 3 }, { "\xff\xfe", 2 },
		{ "r.example.com/app@sha256:12", 27 } };
	AUTO(gate) struct gate *g = gate_for("");

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(gate_answer) struct gate_answer a = { 0 };

		gate_check(g,
		    &(struct gate_request){
			.image = slice_of(cases[i].image, cases[i].len) },
		    &a);
		CHECK(a.verdict == VERDICT_DENY);
		CHECK_STR(err_name(a.code), "bad-reference");
		CHECK(str_starts(a.message, "SignatureValidationFailed: "));
		CHECK(strchr(a.message, '\n') == NULL);
		CHECK(str_is_utf8(slice_str(a.message)));
	}
}

TEST(a_refusal_is_remembered_for_other_credentials_and_not_for_long)
{
	AUTO(str) char *text = policy_text("signed", "");
	AUTO(gate)
	struct gate *g =
	    gate_with(text, (struct gate_settings){ .negative_ttl_ms = 300 });
	AUTO(gate_answer) struct gate_answer first = { 0 };
	AUTO(gate_answer) struct gate_answer second = { 0 };
	AUTO(gate_answer) struct gate_answer third = { 0 };
	char user[] = "someone";
	struct credentials creds = { .username = user };

	world_reset();
	first = ask(g, "r.example.com/app:1");
	CHECK(first.cache == GATE_CACHE_MISS);

	world.resolve_error = ERR_UNAUTHORIZED;
	gate_check(g,
	    &(struct gate_request){ .image = slice_str("r.example.com/app:1"),
		.creds = &creds },
	    &second);
	CHECK(second.verdict == VERDICT_DENY);
	CHECK(second.cache == GATE_CACHE_HIT);
	CHECK_STR(second.message, first.message);
	CHECK_STR(second.target.digest, DIGEST);

	usleep(350000);
	world.resolve_error = ERR_NONE;
	world.signer = ours;
	third = ask(g, "r.example.com/app:1");
	CHECK(third.verdict == VERDICT_ALLOW);
}

TEST(evidence_is_kept_and_verified_anew)
{
	AUTO(store) struct store *store = store_for(60, 60);
	AUTO(gate) struct gate *g = gate_keeping(store, "");
	AUTO(gate_answer) struct gate_answer first = { 0 };
	AUTO(gate_answer) struct gate_answer second = { 0 };
	AUTO(gate_answer) struct gate_answer by_digest = { 0 };

	world_reset();
	world.signer = ours;
	first = ask(g, "r.example.com/app");
	CHECK(first.verdict == VERDICT_ALLOW);
	CHECK(first.cache == GATE_CACHE_MISS);
	CHECK_INT(atomic_load(&world.searched), 1);
	second = ask(g, "r.example.com/app");
	CHECK(second.verdict == VERDICT_ALLOW);
	CHECK(second.cache == GATE_CACHE_EVIDENCE);
	CHECK_INT(atomic_load(&world.searched), 1);
	/* A tag is asked for each time, a digest is not. */
	CHECK_INT(atomic_load(&world.resolved), 2);
	by_digest = ask(g, "r.example.com/app@" DIGEST);
	CHECK(by_digest.verdict == VERDICT_ALLOW);
	CHECK_STR(by_digest.pinned, "r.example.com/app@" DIGEST);
	CHECK_STR(by_digest.target.media_type, MEDIA_OCI_MANIFEST);
	CHECK_INT(atomic_load(&world.resolved), 2);
}

/* Evidence of one place and repository is no other's. */
TEST(evidence_is_of_one_place)
{
	AUTO(store) struct store *store = store_for(60, 60);
	AUTO(gate) struct gate *g = gate_keeping(store, "");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer b = { 0 };

	world_reset();
	world.signer = ours;
	a = ask(g, "r.example.com/app@" DIGEST);
	CHECK(a.verdict == VERDICT_ALLOW);
	world.signer = NULL;
	b = ask(g, "r.example.com/other@" DIGEST);
	CHECK(b.verdict == VERDICT_DENY);
	CHECK_INT(atomic_load(&world.searched), 2);
}

/* Another key in the policy: the evidence that is kept is not enough, and a
 * fresh look decides. */
TEST(policies_that_change_are_asked_at_once)
{
	AUTO(store) struct store *store = store_for(60, 60);
	AUTO(gate) struct gate *g = gate_keeping(store, "");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer b = { 0 };
	AUTO(gate_answer) struct gate_answer c = { 0 };
	EVP_PKEY *kept = ours;

	world_reset();
	world.signer = ours;
	a = ask(g, "r.example.com/app@" DIGEST);
	CHECK(a.verdict == VERDICT_ALLOW);
	ours = theirs;
	{
		AUTO(str) char *text = policy_text("signed", "");
		AUTO(ring) struct ring *ring = ring_of(text);

		gate_set_ring(g, ring);
	}
	ours = kept;
	b = ask(g, "r.example.com/app@" DIGEST);
	CHECK(b.verdict == VERDICT_DENY);
	CHECK(b.cache == GATE_CACHE_MISS);
	CHECK_INT(atomic_load(&world.searched), 2);
	/* Signed anew, it is found although there is fresh evidence. */
	world.signer = theirs;
	c = ask(g, "r.example.com/app@" DIGEST);
	CHECK(c.verdict == VERDICT_ALLOW);
	CHECK_INT(atomic_load(&world.searched), 3);
}

TEST(a_registry_that_is_away)
{
	AUTO(store) struct store *store = store_for(0, 60);
	AUTO(gate) struct gate *g = gate_keeping(store, "");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer b = { 0 };
	AUTO(gate_answer) struct gate_answer c = { 0 };
	AUTO(gate_answer) struct gate_answer d = { 0 };
	AUTO(gate_answer) struct gate_answer f = { 0 };

	world_reset();
	world.signer = ours;
	a = ask(g, "r.example.com/app@" DIGEST);
	CHECK(a.verdict == VERDICT_ALLOW);
	sleep(1); /* older than a ttl of nothing */
	world.signatures_error = ERR_REGISTRY;
	b = ask(g, "r.example.com/app@" DIGEST);
	CHECK(b.verdict == VERDICT_ALLOW);
	CHECK(b.cache == GATE_CACHE_EVIDENCE);
	world.resolve_error = ERR_REGISTRY;
	c = ask(g, "r.example.com/app@" DIGEST);
	CHECK(c.verdict == VERDICT_ALLOW);
	/* Nobody knows what a tag means now. */
	d = ask(g, "r.example.com/app:1");
	CHECK(d.verdict == VERDICT_DENY);
	CHECK_INT(d.code, ERR_REGISTRY);
	/* A registry that answers no is not away. */
	world.resolve_error = world.signatures_error = ERR_UNAUTHORIZED;
	f = ask(g, "r.example.com/app@" DIGEST);
	CHECK(f.verdict == VERDICT_DENY);
	CHECK_INT(f.code, ERR_UNAUTHORIZED);
}

TEST(evidence_that_refuses_is_not_kept_against_anybody)
{
	AUTO(store) struct store *store = store_for(60, 60);
	AUTO(gate) struct gate *g = gate_keeping(store, "");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	AUTO(gate_answer) struct gate_answer b = { 0 };

	world_reset();
	a = ask(g, "r.example.com/app@" DIGEST);
	CHECK(a.verdict == VERDICT_DENY);
	world.signatures_error = ERR_REGISTRY;
	b = ask(g, "r.example.com/app@" DIGEST);
	CHECK(b.verdict == VERDICT_DENY);
	CHECK_INT(b.code, ERR_REGISTRY);
}

TEST(what_is_unsure_is_not_remembered)
{
	AUTO(str) char *text = policy_text("signed", "");
	AUTO(gate)
	struct gate *g =
	    gate_with(text, (struct gate_settings){ .negative_ttl_ms = 10000 });
	AUTO(gate_answer) struct gate_answer first = { 0 };
	AUTO(gate_answer) struct gate_answer second = { 0 };

	world_reset();
	world.resolve_error = ERR_REGISTRY;
	first = ask(g, "r.example.com/app:1");
	CHECK(first.verdict == VERDICT_DENY);
	world.resolve_error = ERR_NONE;
	world.signer = ours;
	second = ask(g, "r.example.com/app:1");
	CHECK(second.verdict == VERDICT_ALLOW);
}

TEST(a_new_set_of_policies_forgets_refusals)
{
	AUTO(str) char *text = policy_text("signed", "");
	AUTO(str) char *laxer = policy_text("signed", "  action: audit\n");
	AUTO(gate)
	struct gate *g =
	    gate_with(text, (struct gate_settings){ .negative_ttl_ms = 10000 });
	AUTO(ring) struct ring *ring = ring_of(laxer);
	AUTO(gate_answer) struct gate_answer first = { 0 };
	AUTO(gate_answer) struct gate_answer second = { 0 };

	world_reset();
	first = ask(g, "r.example.com/app:1");
	CHECK(first.verdict == VERDICT_DENY);
	gate_set_ring(g, ring);
	second = ask(g, "r.example.com/app:1");
	CHECK(second.verdict == VERDICT_ALLOW);
}

/* For what is asked on workers. */
static struct {
	atomic_int done, allowed, shared, canceled;
} seen;

static void
count(void *arg, struct gate_answer *a)
{
	(void)arg;
	if (a->canceled)
		atomic_fetch_add(&seen.canceled, 1);
	else if (a->verdict == VERDICT_ALLOW)
		atomic_fetch_add(&seen.allowed, 1);
	if (a->cache == GATE_CACHE_SHARED)
		atomic_fetch_add(&seen.shared, 1);
	atomic_fetch_add(&seen.done, 1);
}

static void
wait_done(int n)
{
	for (int i = 0; i < 1000 && atomic_load(&seen.done) < n; i++)
		usleep(5000);
	CHECK_INT(atomic_load(&seen.done), n);
}

static void
seen_reset(void)
{
	atomic_store(&seen.done, 0);
	atomic_store(&seen.allowed, 0);
	atomic_store(&seen.shared, 0);
	atomic_store(&seen.canceled, 0);
}

TEST(pulls_of_one_image_share_one_fetch_while_it_is_under_way)
{
	AUTO(gate) struct gate *g = gate_for("");
	struct gate_request request = { .image =
					    slice_str("r.example.com/app:1") };

	world_reset();
	seen_reset();
	world.signer = ours;
	world.pause_ms = 300;
	for (int i = 0; i < 200; i++)
		gate_ticket_release(gate_submit(g, &request, count, NULL));
	wait_done(200);
	CHECK_INT(atomic_load(&seen.allowed), 200);
	CHECK_INT(atomic_load(&seen.shared), 199);
	CHECK_INT(atomic_load(&world.resolved), 1);
}

TEST(other_credentials_are_another_fetch)
{
	AUTO(gate) struct gate *g = gate_for("");
	char user[] = "someone";
	struct credentials creds = { .username = user };
	struct gate_request request = { .image =
					    slice_str("r.example.com/app:1") };

	world_reset();
	seen_reset();
	world.signer = ours;
	world.pause_ms = 100;
	gate_ticket_release(gate_submit(g, &request, count, NULL));
	request.creds = &creds;
	gate_ticket_release(gate_submit(g, &request, count, NULL));
	wait_done(2);
	CHECK_INT(atomic_load(&world.resolved), 2);
}

TEST(a_fetch_nobody_waits_for_is_called_off)
{
	AUTO(gate) struct gate *g = gate_for("");
	struct gate_request request = { .image =
					    slice_str("r.example.com/app:1") };
	struct gate_ticket *a, *b;
	int64_t start = clock_mono_ms();

	world_reset();
	seen_reset();
	world.pause_ms = 5000;
	a = gate_submit(g, &request, count, NULL);
	b = gate_submit(g, &request, count, NULL);
	usleep(50000);
	gate_cancel(a);
	usleep(50000);
	CHECK_INT(atomic_load(&seen.done), 0);
	CHECK(!atomic_load(&world.saw_cancel));
	gate_cancel(b);
	gate_cancel(b);
	wait_done(2);
	CHECK_INT(atomic_load(&seen.canceled), 2);
	CHECK(atomic_load(&world.saw_cancel));
	CHECK(clock_mono_ms() - start < 3000);
	gate_ticket_release(a);
	gate_ticket_release(b);
}

TEST(the_shortest_timeout_ends_the_wait)
{
	AUTO(gate) struct gate *g = gate_for("  timeout: 200ms\n");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	int64_t start = clock_mono_ms();

	world_reset();
	world.pause_ms = 5000;
	a = ask(g, "r.example.com/app:1");
	CHECK_STR(err_name(a.code), "timeout");
	CHECK(str_starts(a.message, "RegistryUnavailable: "));
	CHECK(clock_mono_ms() - start < 2000);
}

TEST(a_record_has_no_credentials)
{
	AUTO(gate) struct gate *g = gate_for("");
	AUTO(gate_answer) struct gate_answer a = { 0 };
	char user[] = "someone", password[] = "s3cret";
	struct credentials creds = { .username = user, .password = password };
	struct gate_request request = { .image =
					    slice_str("r.example.com/app:1"),
		.namespace_ = "prod",
		.pod = "web-1",
		.creds = &creds };
	AUTO(json) struct json *record = NULL;
	AUTO(str) char *text = NULL;

	world_reset();
	gate_check(g, &request, &a);
	record = gate_record(&request, &a);
	text = json_print(record, false);
	CHECK(strstr(text, "s3cret") == NULL);
	CHECK(strstr(text, "someone") == NULL);
	CHECK_STR(json_get_text(record, "namespace"), "prod");
	CHECK_STR(json_get_text(record, "pod"), "web-1");
	CHECK_STR(json_get_text(record, "verdict"), "refused");
	CHECK_STR(json_get_text(record, "cause"), "no-signatures");
	CHECK_STR(json_get_text(record, "policy"), "signed");
	CHECK_STR(json_get_text(record, "digest"), DIGEST);
	CHECK_STR(json_get_text(record, "cache"), "miss");
}

WORLD_MAIN

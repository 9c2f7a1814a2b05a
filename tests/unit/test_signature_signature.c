/* Each sample is signed well; what it says, or how it is wrapped, is what is
 * wrong with it. */
#include "signature/signature.h"

#include "signing.h"
#include "verifying.h"

#define HEX    "1111111111111111111111111111111111111111111111111111111111111111"
#define OURS   "sha256:" HEX
#define SIMPLE "application/vnd.dev.cosign.simplesigning.v1+json"
#define BUNDLE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define INTOTO "application/vnd.in-toto+json"
#define SIGN   "https://sigstore.dev/cosign/sign/v1"

static EVP_PKEY *pkey, *other;
static struct key *key, *other_key;

/* simple signing --------------------------------------------------------- */

static int
verify_simple_as(const char *payload, const char *signature,
    struct proof **proof, struct err *e)
{
	AUTO(evidence) struct evidence *ev = evidence_new(OURS);
	struct evidence_item *item = evidence_add(ev);

	item->source = mem_strdup("r/app:sha256-1111.sig");
	item->media_type = mem_strdup(SIMPLE);
	item->blob = slice_str(mem_strdup(payload));
	if (signature != NULL)
		str_map_set(&item->annotations,
		    "dev.cosignproject.cosign/signature", signature);
	return signature_verify(item, key, OURS, proof, e);
}

static int
verify_simple(const char *payload, struct proof **proof, struct err *e)
{
	AUTO(str) char *signature = sign_base64(pkey, slice_str(payload));

	return verify_simple_as(payload, signature, proof, e);
}

#define PAYLOAD(type, digest, more)                                            \
	"{\"critical\":{\"identity\":{\"docker-reference\":\"r/app\"},"        \
	"\"image\":{\"docker-manifest-digest\":\"" digest                      \
	"\"},\"type\":\"" type "\"}" more "}"
#define TYPE "cosign container image signature"

TEST(a_simple_signature_proves_what_it_says)
{
	AUTO(proof) struct proof *p = NULL;
	struct err e;

	CHECK_OK(verify_simple(PAYLOAD(TYPE, OURS,
				   ",\"optional\":{\"env\":\"prod\",\"n\":1,"
				   "\"o\":{},\"z\":null}"),
		     &p, &e),
	    &e);
	CHECK(proof_kind(p) == PROOF_SIGNATURE);
	CHECK_STR(proof_format(p), "cosign");
	CHECK_STR(proof_image_digest(p), OURS);
	CHECK_STR(proof_key(p), key_fingerprint(key));
	CHECK_STR(proof_source(p), "r/app:sha256-1111.sig");
	CHECK_STR(proof_annotation(p, "env"), "prod");
	CHECK(proof_annotation(p, "n") == NULL);
	CHECK(proof_annotation(p, "o") == NULL);
	CHECK(proof_annotation(p, "z") == NULL);
	CHECK(proof_predicate_type(p) == NULL);
}

TEST(payloads_that_prove_nothing)
{
	static const struct {
		const char *what, *payload;
		enum err_code want;
	} cases[] = {
		{ "no JSON", "x", ERR_MALFORMED },
		{ "a list", "[]", ERR_MALFORMED },
		{ "nothing in it", "{}", ERR_MALFORMED },
		{ "critical no object", "{\"critical\":[]}", ERR_MALFORMED },
		{ "no identity",
		    "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"" OURS
		    "\"},\"type\":\"" TYPE "\"}}",
		    ERR_MALFORMED },
		{ "no digest",
		    "{\"critical\":{\"identity\":{},\"image\":{},\"type\":\"" TYPE
		    "\"}}",
		    ERR_MALFORMED },
		{ "a digest that is a number",
		    "{\"critical\":{\"identity\":{},\"image\":{\"docker-manifest-digest\":1},\"type\":\"" TYPE
		    "\"}}",
		    ERR_MALFORMED },
		{ "the name in another case",
		    "{\"critical\":{\"identity\":{},\"image\":{\"Docker-Manifest-Digest\":\"" OURS
		    "\"},\"type\":\"" TYPE "\"}}",
		    ERR_MALFORMED },
		{ "two digests",
		    "{\"critical\":{\"identity\":{},\"image\":{\"docker-manifest-digest\":\"sha256:2\",\"docker-manifest-digest\":\"" OURS
		    "\"},\"type\":\"" TYPE "\"}}",
		    ERR_MALFORMED },
		{ "another digest", PAYLOAD(TYPE, "sha256:22", ""),
		    ERR_OTHER_IMAGE },
		{ "the beginning of ours", PAYLOAD(TYPE, "sha256:1111", ""),
		    ERR_OTHER_IMAGE },
		{ "ours and more", PAYLOAD(TYPE, OURS "1", ""),
		    ERR_OTHER_IMAGE },
		{ "ours without algorithm", PAYLOAD(TYPE, HEX, ""),
		    ERR_OTHER_IMAGE },
		{ "ours with a NUL behind it",
		    PAYLOAD(TYPE, OURS "\\u0000", ""), ERR_MALFORMED },
		{ "another type",
		    PAYLOAD("atomic container signature", OURS, ""),
		    ERR_WRONG_TYPE },
		{ "annotations that are a list",
		    PAYLOAD(TYPE, OURS, ",\"optional\":[]"), ERR_MALFORMED },
		{ "something behind it", PAYLOAD(TYPE, OURS, "") "{}",
		    ERR_MALFORMED },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct proof *p = NULL;

		printf("# %s\n", cases[i].what);
		CHECK_ERR(verify_simple(cases[i].payload, &p, &e), &e,
		    cases[i].want);
		CHECK(p == NULL);
	}
}

TEST(signatures_that_are_none)
{
	static const char good[] = PAYLOAD(TYPE, OURS, "");
	AUTO(str) char *foreign = sign_base64(other, slice_str(good));
	AUTO(str) char *ours = sign_base64(pkey, slice_str(good));
	AUTO(str) char *broken = str_printf("%s\n", ours);
	struct proof *p = NULL;
	struct err e;

	CHECK_ERR(verify_simple_as(good, NULL, &p, &e), &e, ERR_MALFORMED);
	CHECK_ERR(verify_simple_as(good, "", &p, &e), &e, ERR_MALFORMED);
	CHECK_ERR(verify_simple_as(good, "!", &p, &e), &e, ERR_MALFORMED);
	CHECK_ERR(verify_simple_as(good, broken, &p, &e), &e, ERR_MALFORMED);
	CHECK_ERR(verify_simple_as(good, "AAAA", &p, &e), &e,
	    ERR_BAD_SIGNATURE);
	CHECK_ERR(verify_simple_as(good, foreign, &p, &e), &e,
	    ERR_BAD_SIGNATURE);
	CHECK_ERR(verify_simple_as(PAYLOAD(TYPE, OURS, " "), ours, &p, &e), &e,
	    ERR_BAD_SIGNATURE);
	/* What was not signed is not parsed: bad JSON is a bad signature. */
	CHECK_ERR(verify_simple_as("{{{", ours, &p, &e), &e, ERR_BAD_SIGNATURE);
	CHECK(p == NULL);
}

/* bundles ------------------------------------------------------------------ */

/* How a bundle is put together; NULL members are as they should be. */
struct shape {
	const char *media_type, *layer_type, *material, *payload_type;
	const char *statement, *signatures, *content;
};

static char *
pae(const char *type, const char *body)
{
	return str_printf("DSSEv1 %zu %s %zu %s", strlen(type), type,
	    strlen(body), body);
}

#define STATEMENT(type, predicate, subject)                                    \
	"{\"_type\":\"" type "\",\"subject\":" subject                         \
	",\"predicateType\":\"" predicate "\",\"predicate\":{}}"
#define V1 "https://in-toto.io/Statement/v1"
#define SUBJECT                                                                \
	"[{\"digest\":{\"sha256\":\"" HEX                                      \
	"\"},\"annotations\":{\"env\":\"prod\"}}]"
#define GOOD STATEMENT(V1, SIGN, SUBJECT)

static char *
bundle_of(const struct shape *s)
{
	const char *statement = s->statement == NULL ? GOOD : s->statement;
	const char *type = s->payload_type == NULL ? INTOTO : s->payload_type;
	AUTO(str) char *signed_text = pae(type, statement);
	AUTO(str) char *sig = sign_base64(pkey, slice_str(signed_text));
	AUTO(str) char *payload = base64_encode(slice_str(statement));
	AUTO(str)
	char *signatures =
	    s->signatures == NULL ? str_printf("[{\"sig\":\"%s\"}]", sig)
	    : strcmp(s->signatures, "two") == 0
		? str_printf("[{\"sig\":\"%s\"},{\"sig\":\"%s\"}]", sig, sig)
		: mem_strdup(s->signatures);
	AUTO(str)
	char *content =
	    s->content != NULL
		? mem_strdup(s->content)
		: str_printf(
		      "\"dsseEnvelope\":{\"payload\":\"%s\",\"payloadType\":"
		      "\"%s\",\"signatures\":%s}",
		      payload, type, signatures);

	return str_printf("{\"mediaType\":\"%s\",\"verificationMaterial\":%s,"
			  "%s}",
	    s->media_type == NULL ? BUNDLE : s->media_type,
	    s->material == NULL ? "{\"publicKey\":{\"hint\":\"x\"}}"
				: s->material,
	    content);
}

static int
verify_bundle(const struct shape *s, struct proof **proof, struct err *e)
{
	AUTO(evidence) struct evidence *ev = evidence_new(OURS);
	struct evidence_item *item = evidence_add(ev);
	char *text = bundle_of(s);

	item->source = mem_strdup("r/app@sha256:2222");
	item->media_type =
	    mem_strdup(s->layer_type == NULL ? BUNDLE : s->layer_type);
	item->blob = slice_str(text);
	return signature_verify(item, key, OURS, proof, e);
}

TEST(a_bundle_proves_what_it_says)
{
	AUTO(proof) struct proof *p = NULL;
	struct err e;

	CHECK_OK(verify_bundle(&(struct shape){ 0 }, &p, &e), &e);
	CHECK(proof_kind(p) == PROOF_SIGNATURE);
	CHECK_STR(proof_format(p), "bundle");
	CHECK_STR(proof_predicate_type(p), SIGN);
	CHECK_STR(proof_annotation(p, "env"), "prod");
	CHECK_STR(proof_key(p), key_fingerprint(key));
}

TEST(every_spelling_of_the_media_type)
{
	static const char *const types[] = { BUNDLE,
		"application/vnd.dev.sigstore.bundle+json;version=0.1",
		"application/vnd.dev.sigstore.bundle+json;version=0.2",
		"application/vnd.dev.sigstore.bundle+json;version=0.3" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		AUTO(proof) struct proof *p = NULL;

		CHECK(signature_format_known(types[i]));
		CHECK_OK(verify_bundle(&(struct shape){ .media_type = types[i],
					   .layer_type = types[i] },
			     &p, &e),
		    &e);
	}
	CHECK(!signature_format_known(
	    "application/vnd.dev.sigstore.bundle.v0.4+json"));
	CHECK(!signature_format_known(""));
}

TEST(an_attestation_is_known_as_one)
{
	AUTO(proof) struct proof *p = NULL;
	struct err e;

	CHECK_OK(verify_bundle(&(struct
				   shape){ .statement = STATEMENT(V1,
					       "https://slsa.dev/provenance/v1",
					       SUBJECT) },
		     &p, &e),
	    &e);
	CHECK(proof_kind(p) == PROOF_ATTESTATION);
	CHECK_STR(proof_predicate_type(p), "https://slsa.dev/provenance/v1");
}

TEST(one_of_several_subjects_will_do)
{
	AUTO(proof) struct proof *p = NULL;
	struct err e;

	CHECK_OK(
	    verify_bundle(
		&(struct shape){
		    .statement = STATEMENT(V1, SIGN,
			"[{\"digest\":{\"sha256\":\"22\"}},{\"digest\":{\"sha512\":\"x\",\"sha256\":\"" HEX
			"\"}}]") },
		&p, &e),
	    &e);
}

TEST(bundles_that_prove_nothing)
{
	static const struct {
		const char *what;
		struct shape shape;
		enum err_code want;
	} cases[] = {
		{ "a version of tomorrow",
		    { .media_type =
			    "application/vnd.dev.sigstore.bundle.v0.4+json" },
		    ERR_UNSUPPORTED },
		{ "made with what is no certificate",
		    { .material = "{\"certificate\":{\"rawBytes\":\"AA==\"}}" },
		    ERR_MALFORMED },
		{ "with key and certificate",
		    { .material =
			    "{\"publicKey\":{},\"certificate\":{\"rawBytes\":\"AA==\"}}" },
		    ERR_MALFORMED },
		{ "without material", { .material = "{}" }, ERR_MALFORMED },
		{ "material twice",
		    { .material = "{\"publicKey\":{},\"publicKey\":{}}" },
		    ERR_MALFORMED },
		{ "two signatures", { .signatures = "two" }, ERR_MALFORMED },
		{ "no signature", { .signatures = "[]" }, ERR_MALFORMED },
		{ "signatures no list", { .signatures = "{}" }, ERR_MALFORMED },
		{ "an empty signature", { .signatures = "[{\"sig\":\"\"}]" },
		    ERR_BAD_SIGNATURE },
		{ "a signature that is no base64",
		    { .signatures = "[{\"sig\":\"*\"}]" }, ERR_MALFORMED },
		{ "another payload type",
		    { .payload_type = "application/json" }, ERR_WRONG_TYPE },
		{ "a message signature",
		    { .content =
			    "\"messageSignature\":{\"signature\":\"AA==\"}" },
		    ERR_UNSUPPORTED },
		{ "a message without a signature",
		    { .content = "\"messageSignature\":{}" }, ERR_MALFORMED },
		{ "both kinds of content",
		    { .content =
			    "\"messageSignature\":{},\"dsseEnvelope\":{}" },
		    ERR_MALFORMED },
		{ "no content", { .content = "\"x\":1" }, ERR_MALFORMED },
		{ "an empty envelope", { .content = "\"dsseEnvelope\":{}" },
		    ERR_MALFORMED },
		{ "no statement", { .statement = "x" }, ERR_MALFORMED },
		{ "a statement with nothing in it", { .statement = "{}" },
		    ERR_MALFORMED },
		{ "another statement type",
		    { .statement = STATEMENT("https://in-toto.io/Link/v1", SIGN,
			  SUBJECT) },
		    ERR_WRONG_TYPE },
		{ "no predicate type",
		    { .statement = STATEMENT(V1, "", SUBJECT) },
		    ERR_MALFORMED },
		{ "no subject", { .statement = STATEMENT(V1, SIGN, "[]") },
		    ERR_MALFORMED },
		{ "subject no list", { .statement = STATEMENT(V1, SIGN, "{}") },
		    ERR_MALFORMED },
		{ "another image",
		    { .statement = STATEMENT(V1, SIGN,
			  "[{\"digest\":{\"sha256\":\"22\"}}]") },
		    ERR_OTHER_IMAGE },
		{ "ours under another algorithm",
		    { .statement = STATEMENT(V1, SIGN,
			  "[{\"digest\":{\"sha512\":\"" HEX "\"}}]") },
		    ERR_OTHER_IMAGE },
		{ "ours with the algorithm in it",
		    { .statement = STATEMENT(V1, SIGN,
			  "[{\"digest\":{\"sha256\":\"" OURS "\"}}]") },
		    ERR_OTHER_IMAGE },
		{ "ours in a name",
		    { .statement = STATEMENT(V1, SIGN,
			  "[{\"name\":\"" OURS "\",\"digest\":{}}]") },
		    ERR_OTHER_IMAGE },
		{ "a subject twice",
		    { .statement = "{\"_type\":\"" V1 "\",\"subject\":" SUBJECT
				   ",\"subject\":" SUBJECT
				   ",\"predicateType\":\"" SIGN "\"}" },
		    ERR_MALFORMED },
	};
	struct err e;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct proof *p = NULL;

		printf("# %s\n", cases[i].what);
		CHECK_ERR(verify_bundle(&cases[i].shape, &p, &e), &e,
		    cases[i].want);
		CHECK(p == NULL);
	}
}

TEST(a_bundle_of_another_key_or_altered)
{
	AUTO(evidence) struct evidence *ev = evidence_new(OURS);
	struct evidence_item *item = evidence_add(ev);
	struct proof *p = NULL;
	AUTO(str) char *text = bundle_of(&(struct shape){ 0 });
	AUTO(str) char *more = base64_encode(slice_str(GOOD " "));
	AUTO(str) char *old = base64_encode(slice_str(GOOD));
	char *at = strstr(text, old);
	struct err e;

	item->source = mem_strdup("r/app@sha256:2222");
	item->media_type = mem_strdup(BUNDLE);
	item->blob = slice_str(mem_strdup(text));
	CHECK_ERR(signature_verify(item, other_key, OURS, &p, &e), &e,
	    ERR_BAD_SIGNATURE);
	free((void *)(uintptr_t)item->blob.ptr);
	item->blob = slice_str(str_printf("%.*s%s%s", (int)(at - text), text,
	    more, at + strlen(old)));
	CHECK_ERR(signature_verify(item, key, OURS, &p, &e), &e,
	    ERR_BAD_SIGNATURE);
	CHECK(p == NULL);
}

TEST(sizes_are_bounded)
{
	AUTO(evidence) struct evidence *ev = evidence_new(OURS);
	struct evidence_item *item = evidence_add(ev);
	struct proof *p = NULL;
	struct err e;

	item->source = mem_strdup("x");
	item->media_type = mem_strdup(SIMPLE);
	item->blob = slice_of(mem_zalloc(SIGNATURE_BLOB_MAX + 1),
	    SIGNATURE_BLOB_MAX + 1);
	CHECK_ERR(signature_verify(item, key, OURS, &p, &e), &e, ERR_LIMIT);
}

TEST(many_subjects_are_bounded)
{
	AUTO(buf) struct buf b = buf_with_max(1 << 20);
	struct proof *p = NULL;
	struct err e;

	CHECK(buf_puts(&b, "{\"_type\":\"" V1 "\",\"predicateType\":\"" SIGN
			   "\",\"subject\":[") == 0);
	for (int i = 0; i < 1024; i++)
		CHECK(buf_puts(&b, "{\"digest\":{\"sha256\":\"22\"}},") == 0);
	CHECK(buf_puts(&b, "{\"digest\":{\"sha256\":\"" HEX "\"}}]}") == 0);
	CHECK_ERR(verify_bundle(&(struct shape){ .statement = buf_text(&b) },
		      &p, &e),
	    &e, ERR_LIMIT);
}

TEST(an_unknown_layer_is_no_signature)
{
	AUTO(evidence) struct evidence *ev = evidence_new(OURS);
	struct evidence_item *item = evidence_add(ev);
	struct proof *p = NULL;
	struct err e;

	item->media_type = mem_strdup("application/vnd.example.signature");
	CHECK_ERR(signature_verify(item, key, OURS, &p, &e), &e,
	    ERR_UNSUPPORTED);
}

int
main(int argc, char **argv)
{
	int r;

	pkey = EVP_EC_gen("P-256");
	other = EVP_EC_gen("P-256");
	key = key_of(pkey);
	other_key = key_of(other);
	r = test_run_all(argc, argv);
	key_free(key);
	key_free(other_key);
	EVP_PKEY_free(pkey);
	EVP_PKEY_free(other);
	return r;
}

#ifndef TESTS_UNIT_GATE_WORLD_H
#define TESTS_UNIT_GATE_WORLD_H

/* For tests of the gate: a registry of the test's own, keys, signatures. */
#include "gate/gate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "test.h"

#define DIGEST                                                                 \
	"sha256:"                                                              \
	"1111111111111111111111111111111111111111111111111111111111111111"
#define PAYLOAD                                                                \
	"{\"critical\":{\"identity\":{\"docker-reference\":\"x\"},"            \
	"\"image\":{\"docker-manifest-digest\":\"" DIGEST "\"},"               \
	"\"type\":\"cosign container image signature\"},\"optional\":null}"

/* What the registry of the test says; set by each test. */
static struct {
	EVP_PKEY *signer;    /* NULL: no signatures */
	const char *payload; /* what is signed; NULL: PAYLOAD */
	enum err_code resolve_error, signatures_error;
	bool only_elsewhere; /* signatures_error is for other repositories */
	bool checkpoint;     /* the manifest tells of one */
	long pause_ms;
	atomic_int resolved, searched;
	atomic_bool saw_cancel;
} world;

static EVP_PKEY *ours, *theirs;

static inline void
world_reset(void)
{
	world.signer = NULL;
	world.payload = NULL;
	world.resolve_error = world.signatures_error = ERR_NONE;
	world.only_elsewhere = false;
	world.checkpoint = false;
	world.pause_ms = 0;
	atomic_store(&world.resolved, 0);
	atomic_store(&world.searched, 0);
	atomic_store(&world.saw_cancel, false);
}

int
registry_resolve(struct registry_session *s, const struct reference *ref,
    struct descriptor *ret, struct err *e)
{
	atomic_fetch_add(&world.resolved, 1);
	for (long waited = 0; waited < world.pause_ms; waited += 5) {
		if (budget_check(s->budget, e) < 0) {
			atomic_store(&world.saw_cancel,
			    e->code == ERR_CANCELED);
			return -1;
		}
		usleep(5000);
	}
	if (world.resolve_error != ERR_NONE)
		return err_set(e, world.resolve_error, "registry %s: trouble",
		    ref->registry);
	ret->digest = mem_strdup(DIGEST);
	ret->media_type = mem_strdup(MEDIA_OCI_MANIFEST);
	ret->size = 7;
	if (world.checkpoint)
		str_map_set(&ret->annotations,
		    "org.criu.checkpoint.container.name", "c");
	return 0;
}

static void
add_signature(struct evidence *ev)
{
	struct evidence_item *item = evidence_add(ev);
	const char *payload = world.payload == NULL ? PAYLOAD : world.payload;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[512];
	size_t len = sizeof(sig);
	AUTO(str) char *text = NULL;

	CHECK(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, world.signer) ==
	      1);
	CHECK(EVP_DigestSign(ctx, sig, &len, (const unsigned char *)payload,
		  strlen(payload)) == 1);
	EVP_MD_CTX_free(ctx);
	text = base64_encode(slice_of(sig, len));
	item->source = mem_strdup("repo:sha256-1111.sig");
	item->media_type =
	    mem_strdup("application/vnd.dev.cosign.simplesigning.v1+json");
	item->blob_digest = mem_strdup(DIGEST);
	item->blob = slice_str(mem_strdup(payload));
	str_map_set(&item->annotations, "dev.cosignproject.cosign/signature",
	    text);
}

int
registry_signatures(struct registry_session *s, const struct reference *ref,
    const char *image_digest, const struct registry_where *where,
    struct evidence **ret, struct err *e)
{
	struct evidence *ev;

	(void)s;
	atomic_fetch_add(&world.searched, 1);
	if (world.signatures_error != ERR_NONE &&
	    (where->repository != NULL || !world.only_elsewhere))
		return err_set(e, world.signatures_error,
		    "registry %s: trouble", ref->registry);
	ev = evidence_new(image_digest);
	if (world.signer != NULL)
		add_signature(ev);
	*ret = ev;
	return 0;
}

static EVP_PKEY *
new_key(void)
{
	return EVP_EC_gen("P-256");
}

/* The key's PEM with every line indented for YAML. */
static char *
pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	AUTO(buf) struct buf out = buf_with_max(4096);
	char line[256];

	CHECK(PEM_write_bio_PUBKEY(bio, key) == 1);
	while (BIO_gets(bio, line, sizeof(line)) > 0)
		CHECK(buf_printf(&out, "              %s", line) == 0);
	BIO_free(bio);
	return buf_take(&out);
}

/* A policy document that asks for our key; extra is more of its spec. */
static char *
policy_text(const char *name, const char *extra)
{
	AUTO(str) char *pem = pem_of(ours);

	return str_printf("---\n"
			  "apiVersion: pullgate.dev/v1\n"
			  "kind: ImagePolicy\n"
			  "metadata: {name: %s}\n"
			  "spec:\n"
			  "  images: [\"r.example.com/**\"]\n"
			  "%s"
			  "  attestors:\n"
			  "    - entries:\n"
			  "        - keys:\n"
			  "            publicKeys: |\n%s"
			  "          rekor: {ignoreTlog: true}\n",
	    name, extra, pem);
}

static struct ring *
ring_of(const char *text)
{
	char path[] = "/tmp/pullgate-test-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	const char *paths[] = { path };
	struct ring *ring = NULL;
	AUTO(diag) struct diag d = { 0 };

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
	if (ring_load(&(struct ring_sources){ paths, 1, NULL }, &ring, &d) < 0)
		FAIL("policy: %s", d.items[0]);
	(void)unlink(path);
	return ring;
}

static inline struct gate *
gate_with(const char *text, struct gate_settings settings)
{
	AUTO(ring) struct ring *ring = ring_of(text);

	if (settings.workers == 0)
		settings.workers = 4;
	return gate_new(&settings, NULL, ring);
}

static inline struct gate *
gate_for(const char *extra)
{
	AUTO(str) char *text = policy_text("signed", extra);

	return gate_with(text, (struct gate_settings){ .negative_ttl_ms = 0 });
}

static inline struct gate_answer
ask(struct gate *g, const char *image)
{
	struct gate_answer answer;

	gate_check(g, &(struct gate_request){ .image = slice_str(image) },
	    &answer);
	return answer;
}

/* For a gate that keeps evidence: for so many seconds without asking, and for so
 * many where the registry is away. */
static inline struct store *
store_for(int64_t ttl_s, int64_t offline_s)
{
	return store_new(&(struct store_settings){ NULL, ttl_s, offline_s,
	    STORE_SIZE_DEFAULT });
}

static inline struct gate *
gate_keeping(struct store *store, const char *extra)
{
	AUTO(str) char *text = policy_text("signed", extra);

	return gate_with(text, (struct gate_settings){ .store = store });
}

#define WORLD_MAIN                                                             \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		ours = new_key();                                              \
		theirs = new_key();                                            \
		alarm(120);                                                    \
		argc = test_run_all(argc, argv);                               \
		EVP_PKEY_free(ours);                                           \
		EVP_PKEY_free(theirs);                                         \
		return argc;                                                   \
	}

#endif

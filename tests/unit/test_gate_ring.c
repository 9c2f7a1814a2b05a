/* Policies bound to the keys they name. */
#include "gate/ring.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "keys/keys.h"
#include "policy_sample.h"

/* The public half of a new key, as PEM; a new string. */
static char *
new_pem(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy;
	long len;

	if (PEM_write_bio_PUBKEY(bio, pkey) != 1)
		FAIL("no PEM");
	len = BIO_get_mem_data(bio, &text);
	copy = mem_strndup(text, (size_t)len);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return copy;
}

static char *
fingerprint_of(const char *pem)
{
	AUTO(key_list) struct key_list keys = { 0 };
	struct err e = { 0 };

	CHECK_OK(keys_from_pem(pem, &keys, &e), &e);
	return keys.n == 0 ? NULL : mem_strdup(key_fingerprint(keys.items[0]));
}

static void
add_file(const char *directory, const char *name, const char *text)
{
	AUTO(str) char *path = str_printf("%s/%s", directory, name);

	sample_write(path, text);
}

/* One attestor whose entries name these key files; NULL ends them. */
static void
add_policy(const char *directory, const char *name, int count,
    const char *const *files)
{
	AUTO(str)
	char *text = str_printf("apiVersion: pullgate.dev/v1\n"
				"kind: ImagePolicy\n"
				"metadata: {name: %s}\n"
				"spec:\n"
				"  images: [\"**\"]\n"
				"  attestors:\n"
				"    - count: %d\n"
				"      entries:\n",
	    name, count);
	AUTO(str) char *file = str_printf("%s.yaml", name);

	for (size_t i = 0; files[i] != NULL; i++) {
		char *longer = str_printf("%s        - {keys: {file: %s}, "
					  "rekor: {ignoreTlog: true}}\n",
		    text, files[i]);

		free(text);
		text = longer;
	}
	add_file(directory, file, text);
}

/* NULL if it does not load; its complaints are then in d. */
static struct ring *
load(const char *directory, struct diag *d)
{
	struct ring *r = NULL;

	CHECK((ring_load(&(struct ring_sources){ &directory, 1, NULL }, &r, d) <
		  0) == (d->n > 0));
	return r;
}

static void
check_complaint(const char *directory, const char *want)
{
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *r = load(directory, &d);
	AUTO(str) char *full = str_printf("%s/%s", directory, want);

	CHECK(r == NULL);
	CHECK_INT(d.n, 1);
	if (d.n == 1)
		CHECK_STR(d.items[0], full);
}

TEST(no_policies_no_keys)
{
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *r = NULL;

	CHECK_INT(ring_load(&(struct ring_sources){ 0 }, &r, &d), 0);
	CHECK_INT(ring_policies(r)->n, 0);
	CHECK(ring_demand(r, "sha256:00") == NULL);
}

TEST(keys_from_files_beside_the_policy)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *pem = new_pem();
	AUTO(str) char *other = new_pem();
	AUTO(str) char *fingerprint = fingerprint_of(pem);
	AUTO(str) char *absent = fingerprint_of(other);
	AUTO(str) char *absolute = str_printf("%s/a.pub", dir);
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *r = NULL;
	const struct policy_entry *entry;

	add_file(dir, "a.pub", pem);
	add_policy(dir, "a", 1, (const char *const[]){ "a.pub", NULL });
	add_policy(dir, "b", 1, (const char *const[]){ "./a.pub", NULL });
	add_policy(dir, "c", 1, (const char *const[]){ absolute, NULL });
	r = load(dir, &d);
	if (r == NULL)
		return;
	CHECK_INT(ring_policies(r)->n, 3);
	for (size_t i = 0; i < 3; i++) {
		entry =
		    &ring_policies(r)->items[i]->attestors.items[0].entries[0];
		CHECK_INT(entry->keys.fingerprints.n, 1);
		CHECK_STR(entry->keys.fingerprints.items[0], fingerprint);
	}
	CHECK(ring_demand(r, fingerprint) != NULL);
	CHECK_STR(key_fingerprint(ring_demand(r, fingerprint)->key),
	    fingerprint);
	CHECK(ring_demand(r, absent) == NULL);
	CHECK(ring_demand(r, "") == NULL);
}

TEST(several_keys_in_one_file)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *a = new_pem();
	AUTO(str) char *b = new_pem();
	AUTO(str) char *all = str_printf("# ours\n%s%s%s", a, b, a);
	AUTO(str) char *print_a = fingerprint_of(a);
	AUTO(str) char *print_b = fingerprint_of(b);
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *r = NULL;

	add_file(dir, "all.pub", all);
	add_policy(dir, "p", 1, (const char *const[]){ "all.pub", NULL });
	r = load(dir, &d);
	if (r == NULL)
		return;
	CHECK_INT(ring_policies(r)
		      ->items[0]
		      ->attestors.items[0]
		      .entries[0]
		      .keys.fingerprints.n,
	    2);
	CHECK(ring_demand(r, print_a) != NULL);
	CHECK(ring_demand(r, print_b) != NULL);
}

TEST(the_examples_bind)
{
	static const char *const paths[] = { "policy/examples" };
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *r = NULL;

	CHECK_INT(ring_load(&(struct ring_sources){ paths, 1, NULL }, &r, &d),
	    0);
	for (size_t i = 0; i < d.n; i++)
		FAIL("%s", d.items[i]);
}

TEST(keys_that_cannot_be_read)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str)
	char *want = str_printf("p.yaml:9:18: file: cannot open "
				"%s/gone.pub: No such file or "
				"directory",
	    dir);

	add_policy(dir, "p", 1, (const char *const[]){ "gone.pub", NULL });
	check_complaint(dir, want);
}

TEST(a_private_key_is_refused_and_not_quoted)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str)
	char *want = str_printf("p.yaml:9:18: file: %s/a.key: this "
				"is a private key; a policy needs "
				"the public one",
	    dir);

	add_file(dir, "a.key",
	    "-----BEGIN EC PRIVATE KEY-----\ns3cret\n"
	    "-----END EC PRIVATE KEY-----\n");
	add_policy(dir, "p", 1, (const char *const[]){ "a.key", NULL });
	check_complaint(dir, want);
}

TEST(an_inline_key_that_is_none)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *r = NULL;

	add_file(dir, "p.yaml",
	    "apiVersion: pullgate.dev/v1\n"
	    "kind: ImagePolicy\n"
	    "metadata: {name: p}\n"
	    "spec:\n"
	    "  images: [\"**\"]\n"
	    "  attestors:\n"
	    "    - entries:\n"
	    "        - keys:\n"
	    "            publicKeys: |\n"
	    "              -----BEGIN PUBLIC KEY-----\n"
	    "              bm90IGEga2V5\n"
	    "              -----END PUBLIC KEY-----\n"
	    "          rekor: {ignoreTlog: true}\n");
	r = load(dir, &d);
	CHECK(r == NULL);
	CHECK_INT(d.n, 1);
	if (d.n != 1)
		return;
	CHECK(strstr(d.items[0], "/p.yaml:9:13: publicKeys: ") != NULL);
	CHECK(strstr(d.items[0], "bm90") == NULL);
}

TEST(every_bad_key_in_one_run)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(diag) struct diag d = { 0 };
	AUTO(ring) struct ring *r = NULL;

	add_policy(dir, "a", 1, (const char *const[]){ "x", "y", NULL });
	add_policy(dir, "b", 1, (const char *const[]){ "z", NULL });
	r = load(dir, &d);
	CHECK(r == NULL);
	CHECK_INT(d.n, 3);
}

TEST(one_key_does_not_stand_for_two_signers)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *a = new_pem();
	AUTO(str) char *b = new_pem();
	AUTO(str) char *both = str_printf("%s%s", b, a);

	add_file(dir, "a.pub", a);
	add_file(dir, "b.pub", b);
	add_file(dir, "both.pub", both);
	add_policy(dir, "p", 2,
	    (const char *const[]){ "b.pub", "a.pub", "a.pub", NULL });
	check_complaint(dir,
	    "p.yaml:11:11: entries[1] and entries[2] name the same signer: one "
	    "signature would count twice");
	add_policy(dir, "p", 2,
	    (const char *const[]){ "b.pub", "both.pub", NULL });
	check_complaint(dir,
	    "p.yaml:10:11: entries[0] and entries[1] name the same signer: one "
	    "signature would count twice");
	add_policy(dir, "p", 1,
	    (const char *const[]){ "b.pub", "both.pub", NULL });
	{
		AUTO(diag) struct diag d = { 0 };
		AUTO(ring) struct ring *r = load(dir, &d);

		CHECK(r != NULL);
	}
}

TEST(references_are_counted)
{
	AUTO(diag) struct diag d = { 0 };
	struct ring *r = NULL;

	CHECK_INT(ring_load(&(struct ring_sources){ 0 }, &r, &d), 0);
	CHECK(ring_ref(r) == r);
	ring_unref(r);
	CHECK_INT(ring_policies(r)->n, 0);
	ring_unref(r);
	ring_unref(NULL);
}

TEST_MAIN

/* From paths to a set of policies. */
#include "policy/load.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "base/yaml.h"
#include "policy_sample.h"

#define POLICY                                                                 \
	"apiVersion: pullgate.dev/v1\n"                                        \
	"kind: ImagePolicy\n"                                                  \
	"metadata: {name: %s}\n"                                               \
	"spec: {images: [\"**\"], reference: {requireDigest: true}}\n"

static char *
at(const char *directory, const char *name)
{
	return str_printf("%s/%s", directory, name);
}

static void
add_text(const char *directory, const char *name, const char *text)
{
	AUTO(str) char *path = at(directory, name);

	sample_write(path, text);
}

static void
add_policy(const char *directory, const char *file, const char *name)
{
	AUTO(str) char *text = str_printf(POLICY, name);

	add_text(directory, file, text);
}

static void
add_directory(const char *directory, const char *name)
{
	AUTO(str) char *path = at(directory, name);

	if (mkdir(path, 0755) < 0)
		FAIL("cannot make %s", path);
}

static void
add_link(const char *directory, const char *name, const char *target)
{
	AUTO(str) char *path = at(directory, name);

	if (symlink(target, path) < 0)
		FAIL("cannot link %s", path);
}

/* The names of the policies below a path, "a b "; complaints if it fails. */
static char *
load(const char *path)
{
	AUTO(diag) struct diag d = { 0 };
	AUTO(policy_set) struct policy_set *set = NULL;
	char *all = mem_strdup(""), *longer;

	if (policy_load(&path, 1, clock_now(), &set, &d) < 0)
		CHECK(d.n > 0);
	for (size_t i = 0; i < d.n; i++) {
		longer = str_printf("%s%s\n", all, d.items[i]);
		free(all);
		all = longer;
	}
	for (size_t i = 0; set != NULL && i < set->n; i++) {
		longer = str_printf("%s%s ", all, set->items[i]->name);
		free(all);
		all = longer;
	}
	return all;
}

static void
check_load(const char *path, const char *want)
{
	AUTO(str) char *got = load(path);

	CHECK_STR(got, want);
}

/* The one complaint is about name in directory. */
static void
check_complaint(const char *directory, const char *name, const char *message)
{
	AUTO(str) char *got = load(directory);
	AUTO(str)
	char *want = str_printf("%s/%s%s\n", directory, name, message);

	CHECK_STR(got, want);
}

TEST(no_path_gives_an_empty_set)
{
	AUTO(diag) struct diag d = { 0 };
	AUTO(policy_set) struct policy_set *set = NULL;

	CHECK_INT(policy_load(NULL, 0, clock_now(), &set, &d), 0);
	CHECK(set != NULL && set->n == 0);
}

TEST(empty_files_and_directories_are_fine)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n",
		"---\n---\n", "~\n", "\n\n" };
	AUTO(sample) char *dir = sample_directory();

	check_load(dir, "");
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		add_text(dir, "p.yaml", texts[i]);
		check_load(dir, "");
	}
}

TEST(a_file_by_any_name)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *path = at(dir, "policy.txt");

	add_policy(dir, "policy.txt", "a");
	check_load(path, "a ");
	check_load(dir, "");
}

TEST(directories_in_depth_sorted_by_name)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *slashed = str_printf("%s//", dir);

	add_policy(dir, "2.yaml", "c");
	add_policy(dir, "1.yml", "b");
	add_policy(dir, "3.json", "no");
	add_policy(dir, ".4.yaml", "no");
	add_directory(dir, "sub");
	add_policy(dir, "sub/0.yaml", "a");
	add_directory(dir, "sub/.git");
	add_policy(dir, "sub/.git/0.yaml", "no");
	check_load(dir, "a b c ");
	check_load(slashed, "a b c ");
}

TEST(several_documents_in_a_file)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str)
	char *text =
	    str_printf("---\n" POLICY "---\n# none\n---\n" POLICY, "b", "a");

	add_text(dir, "p.yaml", text);
	check_load(dir, "a b ");
}

/* What the kubelet makes of a ConfigMap; and what it swaps in. */
TEST(a_mounted_config_map)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *data = at(dir, "..data");

	add_directory(dir, "..2026_01");
	add_policy(dir, "..2026_01/p.yaml", "old");
	add_link(dir, "..data", "..2026_01");
	add_link(dir, "p.yaml", "..data/p.yaml");
	check_load(dir, "old ");
	add_directory(dir, "..2026_02");
	add_policy(dir, "..2026_02/p.yaml", "new");
	CHECK_INT(unlink(data), 0);
	add_link(dir, "..data", "..2026_02");
	check_load(dir, "new ");
}

TEST(a_path_that_is_not_there)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *path = at(dir, "none");
	AUTO(str)
	char *want = str_printf("%s: No such file or directory\n", path);

	check_load(path, want);
}

TEST(a_dangling_link)
{
	AUTO(sample) char *dir = sample_directory();

	add_link(dir, "p.yaml", "gone.yaml");
	check_complaint(dir, "p.yaml", ": No such file or directory");
}

TEST(what_is_neither_file_nor_directory)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *fifo = at(dir, "p.yaml");
	AUTO(str) char *other = at(dir, "socket");

	CHECK_INT(mkfifo(other, 0644), 0);
	check_load(dir, "");
	CHECK_INT(mkfifo(fifo, 0644), 0);
	check_complaint(dir, "p.yaml",
	    ": is neither a regular file nor a directory");
	check_load("/dev/null",
	    "/dev/null: is neither a regular file nor a directory\n");
}

TEST(links_in_a_circle)
{
	AUTO(sample) char *dir = sample_directory();

	add_link(dir, "a", ".");
	check_complaint(dir, "a/a/a/a/a/a/a/a/a",
	    ": directories are nested too deeply");
}

/* Ten links of each ten: a hundred million directories, if one believes it. */
TEST(links_in_many_circles)
{
	AUTO(sample) char *dir = sample_directory();
	int64_t start = clock_mono_ms();

	for (char name[] = "a"; name[0] <= 'j'; name[0]++)
		add_link(dir, name, ".");
	{
		AUTO(str) char *got = load(dir);

		CHECK(strstr(got, ": too many directories\n") != NULL);
	}
	CHECK(clock_mono_ms() - start < 5000);
}

TEST(a_file_that_is_too_large)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *path = at(dir, "p.yaml");
	AUTO(str)
	char *want =
	    str_printf("%s: %s is larger than 16777216 bytes\n", path, path);

	add_text(dir, "p.yaml", "");
	CHECK_INT(truncate(path, YAML_SIZE_MAX + 1), 0);
	check_load(path, want);
}

TEST(two_policies_of_one_name)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str)
	char *want =
	    str_printf("%s/b.yaml:3:18: there is another policy \"p\" at "
		       "%s/a.yaml:3:18\n",
		dir, dir);

	add_policy(dir, "a.yaml", "p");
	add_policy(dir, "b.yaml", "p");
	check_load(dir, want);
}

TEST(two_policies_of_one_name_in_one_file)
{
	AUTO(str) char *text = str_printf(POLICY "---\n" POLICY, "p", "p");

	sample_bad(text,
	    "p.yaml:8:18: there is another policy \"p\" at p.yaml:3:18");
}

TEST(one_bad_file_spoils_the_set)
{
	AUTO(sample) char *dir = sample_directory();

	add_policy(dir, "a.yaml", "a");
	add_text(dir, "b.yaml", "apiVersion: v1\n");
	check_complaint(dir, "b.yaml", ":1:1: kind is missing");
}

TEST(complaints_of_every_file_in_one_run)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str)
	char *want = str_printf(
	    "%s/a.yaml:1:1: kind is missing\n%s/b.yaml:1:1: apiVersion is "
	    "missing\n",
	    dir, dir);

	add_text(dir, "b.yaml", "kind: ImagePolicy\n");
	add_text(dir, "a.yaml", "apiVersion: v1\n");
	check_load(dir, want);
}

TEST(several_paths)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *a = at(dir, "a.yaml");
	AUTO(str) char *b = at(dir, "b.yaml");
	const char *paths[] = { b, a };
	AUTO(diag) struct diag d = { 0 };
	AUTO(policy_set) struct policy_set *set = NULL;

	add_policy(dir, "a.yaml", "a");
	add_policy(dir, "b.yaml", "b");
	CHECK_INT(policy_load(paths, 2, clock_now(), &set, &d), 0);
	CHECK(set != NULL && set->n == 2);
	if (set == NULL || set->n != 2)
		return;
	CHECK_STR(set->items[0]->name, "a");
	CHECK_STR(set->items[0]->pos.file, a);
	CHECK_STR(set->items[1]->pos.file, b);
}

/* Hostile YAML ends in a complaint, and soon. */
TEST(hostile_yaml)
{
	AUTO(sample) char *dir = sample_directory();
	AUTO(str) char *deep = mem_alloc(20001);
	AUTO(str) char *bomb = mem_strdup("a0: &a0 [x, x, x, x, x, x, x, x]\n");
	int64_t start = clock_mono_ms();

	memset(deep, '[', 20000);
	deep[20000] = '\0';
	add_text(dir, "p.yaml", deep);
	check_complaint(dir, "p.yaml", ":1:65: nested deeper than 64 levels");
	for (int i = 1; i < 20; i++) {
		char *longer = str_printf("%sa%d: &a%d [*a%d, *a%d, *a%d]\n",
		    bomb, i, i, i - 1, i - 1, i - 1);

		free(bomb);
		bomb = longer;
	}
	add_text(dir, "p.yaml", bomb);
	{
		AUTO(str) char *got = load(dir);

		CHECK(strstr(got, "more than 200000 nodes") != NULL);
	}
	add_text(dir, "p.yaml", "a: b: c\n");
	check_complaint(dir, "p.yaml",
	    ":1:5: mapping values are not allowed in this context");
	CHECK(clock_mono_ms() - start < 5000);
}

TEST(the_examples_load)
{
	check_load("policy/examples",
	    "allow-by-digest audit-first bank-by-release-team-and-carol "
	    "deny-list exempt-namespaces "
	    "keyed keyless-github keyless-gitlab kubernetes-release "
	    "kyverno-keyless-github/signed-by-workflow no-latest "
	    "old-style/check-image production-key/signed "
	    "scan-freshness/scanned-this-week separate-repository "
	    "shop-by-release-team sigstore-keyed "
	    "trusted-registry trusted-registry-vault/signed-with-vault "
	    "trusted-registry-vault/trusted-registry two-registries/registry "
	    "two-signers-of-three vault-key vulnerability-scan ");
}

TEST_MAIN

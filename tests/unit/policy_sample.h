#ifndef TESTS_UNIT_POLICY_SAMPLE_H
#define TESTS_UNIT_POLICY_SAMPLE_H

/* Policies from text, and what loading them complains of. */
#include <unistd.h>

#include "base/mem.h"
#include "policy/load.h"
#include "policy/match.h"
#include "test.h"

static __attribute__((unused)) void
sample_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		FAIL("cannot write %s", path);
}

/* A new directory, below the directory for temporary files. */
static __attribute__((unused)) char *
sample_directory(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path =
	    str_printf("%s/pullgate-XXXXXX", tmp == NULL ? "/tmp" : tmp);

	if (mkdtemp(path) == NULL)
		FAIL("cannot make %s", path);
	return path;
}

/* Ends with all that is in it; made by sample_directory. */
static __attribute__((unused)) void
sample_remove(char *path)
{
	AUTO(str) char *command = str_printf("rm -rf '%s'", path);

	if (system(command) != 0)
		FAIL("cannot remove %s", path);
	free(path);
}
DEFINE_AUTO(sample, char *, sample_remove);

/* The time at which samples are loaded: 2026-11-20T12:00:00Z. */
#define SAMPLE_NOW 1795176000

/*
 * Load one file named p.yaml with this text.  Complaints name it so.  The
 * directory is entered for that, as the name of a file is part of a complaint.
 */
static __attribute__((unused)) struct policy_set *
sample_load(const char *text, struct diag *d)
{
	static const char *const paths[] = { "p.yaml" };
	AUTO(sample) char *directory = sample_directory();
	struct policy_set *set = NULL;
	AUTO(str) char *here = getcwd(NULL, 0);

	if (here == NULL || chdir(directory) < 0) {
		FAIL("cannot enter %s", directory);
		return NULL;
	}
	sample_write("p.yaml", text);
	if (policy_load(paths, 1, SAMPLE_NOW, &set, d) < 0 && d->n == 0)
		FAIL("it fails and does not say why");
	if (chdir(here) < 0)
		FAIL("cannot go back to %s", here);
	return set;
}

/* The text loads; its complaints are shown if not. */
static __attribute__((unused)) struct policy_set *
sample_good(const char *text)
{
	AUTO(diag) struct diag d = { 0 };
	struct policy_set *set = sample_load(text, &d);

	for (size_t i = 0; i < d.n; i++)
		FAIL("%s", d.items[i]);
	return set;
}

/* One a line; the caller frees it. */
static __attribute__((unused)) char *
sample_join(char *const *lines, size_t n)
{
	char *got = mem_strdup("");

	for (size_t i = 0; i < n; i++) {
		char *longer =
		    str_printf("%s%s%s", got, i == 0 ? "" : "\n", lines[i]);

		free(got);
		got = longer;
	}
	return got;
}

/* The text loads, and these are the remarks on it, one a line. */
static __attribute__((unused)) struct policy_set *
sample_remarked(const char *text, const char *want)
{
	AUTO(diag) struct diag d = { 0 };
	struct policy_set *set = sample_load(text, &d);
	AUTO(str) char *got = sample_join(d.remarks, d.nremarks);

	for (size_t i = 0; i < d.n; i++)
		FAIL("%s", d.items[i]);
	CHECK_STR(got, want);
	return set;
}

/* The names of the policies that cover a pull, with spaces between; the caller
 * frees it. */
static __attribute__((unused)) char *
sample_covers(const struct policy_set *set, const char *image,
    const struct pod_facts *pod)
{
	AUTO(policy_matches) struct policy_matches m = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	AUTO(str_list) struct str_list names = { 0 };
	struct policy_facts facts = { .written = image };
	struct err e = { 0 };

	if (reference_parse(slice_str(image), &ref, &e) < 0) {
		FAIL("%s: %s", image, e.msg);
		return mem_strdup("?");
	}
	facts.ref = ref;
	if (pod != NULL)
		facts.pod = *pod;
	policy_match(set, &facts, &m);
	for (size_t i = 0; i < m.n; i++)
		str_list_add(&names, m.items[i]->name);
	return str_list_join(&names, " ");
}

/* What the policies say of the reference alone: "" or the first complaint. */
static __attribute__((unused)) char *
sample_reference(const struct policy_set *set, const char *image)
{
	AUTO(policy_matches) struct policy_matches m = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	struct policy_facts facts = { .written = image };
	struct err e = { 0 };

	if (reference_parse(slice_str(image), &ref, &e) < 0)
		return mem_strdup(e.msg);
	facts.ref = ref;
	policy_match(set, &facts, &m);
	for (size_t i = 0; i < m.n; i++)
		if (policy_check_reference(m.items[i], &facts, &e) < 0)
			return mem_strdup(e.msg);
	return mem_strdup("");
}

/* The text does not load, and these are the complaints, one a line. */
static __attribute__((unused)) void
sample_bad(const char *text, const char *want)
{
	AUTO(diag) struct diag d = { 0 };
	AUTO(policy_set) struct policy_set *set = sample_load(text, &d);
	AUTO(str) char *got = sample_join(d.items, d.n);

	CHECK(set == NULL);
	CHECK_STR(got, want);
}

#endif

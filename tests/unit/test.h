#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

/*
 * Named tests that register themselves and print TAP.  An argument selects the
 * tests whose name contains it.
 *
 *   TEST(a_flipped_bit_is_refused) { CHECK(...); CHECK_STR(got, "want"); }
 *   TEST_MAIN
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

static struct test *test_first, **test_last = &test_first;
static bool test_failed;

#define TEST(name_)                                                            \
	static void test_##name_(void);                                        \
	static __attribute__((constructor)) void register_##name_(void)        \
	{                                                                      \
		static struct test t = { #name_, test_##name_, NULL };         \
		*test_last = &t;                                               \
		test_last = &t.next;                                           \
	}                                                                      \
	static void test_##name_(void)

#define FAIL(...)                                                              \
	do {                                                                   \
		test_failed = true;                                            \
		printf("# %s:%d: ", __FILE__, __LINE__);                       \
		printf(__VA_ARGS__);                                           \
		printf("\n");                                                  \
	} while (0)

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond))                                                   \
			FAIL("not so: %s", #cond);                             \
	} while (0)

#define CHECK_STR(got_, want_)                                                 \
	do {                                                                   \
		const char *g_ = (got_), *w_ = (want_);                        \
		if (g_ == NULL || strcmp(g_, w_) != 0)                         \
			FAIL("%s is \"%s\", not \"%s\"", #got_,                \
			    g_ == NULL ? "(null)" : g_, w_);                   \
	} while (0)

#define CHECK_INT(got_, want_)                                                 \
	do {                                                                   \
		long long g_ = (long long)(got_), w_ = (long long)(want_);     \
		if (g_ != w_)                                                  \
			FAIL("%s is %lld, not %lld", #got_, g_, w_);           \
	} while (0)

/* The call succeeds; else its error is shown. */
#define CHECK_OK(call_, e_)                                                    \
	do {                                                                   \
		if ((call_) < 0)                                               \
			FAIL("%s: %s: %s", #call_, err_name((e_)->code),       \
			    (e_)->msg);                                        \
	} while (0)

/* The call fails, and for this reason. */
#define CHECK_ERR(call_, e_, want_)                                            \
	do {                                                                   \
		(e_)->code = ERR_NONE;                                         \
		if ((call_) >= 0)                                              \
			FAIL("%s did not fail", #call_);                       \
		else if ((e_)->code != (want_))                                \
			FAIL("%s failed with %s (%s), not %s", #call_,         \
			    err_name((e_)->code), (e_)->msg, err_name(want_)); \
	} while (0)

static int
test_run_all(int argc, char **argv)
{
	int n = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct test *t = test_first; t != NULL; t = t->next) {
		if (argc > 1 && strstr(t->name, argv[1]) == NULL)
			continue;
		test_failed = false;
		t->run();
		printf("%sok %d - %s\n", test_failed ? "not " : "", ++n,
		    t->name);
		bad += test_failed;
	}
	printf("1..%d\n", n);
	return bad > 0 || n == 0;
}

#define TEST_MAIN                                                              \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return test_run_all(argc, argv);                               \
	}

#endif

/* Memory: never NULL, and the libraries keep the rule too. */
#include "base/mem.h"

#include <openssl/crypto.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "test.h"

/* The signal that ended `run` in a process of its own; 0 if none did. */
static int
signal_of(void (*run)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		/* What it says on its way out is not for the report. */
		(void)close(STDERR_FILENO);
		run();
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
nothing(void)
{
}

static void
overflowing_array(void)
{
	free(mem_realloc_array(NULL, SIZE_MAX / 4, 8));
}

static void
overflowing_growth(void)
{
	size_t cap = SIZE_MAX / 16;

	free(mem_grow(NULL, cap, &cap, 64));
}

TEST(an_overflow_ends_the_process)
{
	CHECK_INT(signal_of(nothing), 0);
	CHECK_INT(signal_of(overflowing_array), SIGABRT);
	CHECK_INT(signal_of(overflowing_growth), SIGABRT);
}

TEST(nothing_is_something_too)
{
	void *p = mem_alloc(0);

	CHECK(p != NULL);
	p = mem_realloc(p, 0);
	CHECK(p != NULL);
	free(p);
	p = mem_calloc(0, 8);
	CHECK(p != NULL);
	free(p);
	p = mem_calloc(8, 0);
	CHECK(p != NULL);
	free(p);
	p = mem_realloc_array(NULL, 0, 8);
	CHECK(p != NULL);
	free(p);
}

TEST(zeroed_memory_is_zero)
{
	AUTO(str) char *p = mem_zalloc(100);

	for (size_t i = 0; i < 100; i++)
		CHECK(p[i] == 0);
}

TEST(copies_end_where_they_are_told)
{
	static const char three[3] = { 'a', 'b', 'c' };
	AUTO(str) char *copy = mem_strndup(three, 3);
	AUTO(str) char *none = mem_strndup(NULL, 0);
	AUTO(str) char *whole = mem_strdup("text");
	AUTO(str) char *some = mem_strdup_null("text");

	CHECK_STR(copy, "abc");
	CHECK_STR(none, "");
	CHECK_STR(whole, "text");
	CHECK_STR(some, "text");
	CHECK(mem_strdup_null(NULL) == NULL);
}

TEST(arrays_grow_and_keep_what_they_hold)
{
	size_t cap = 0, n = 0;
	int *items = NULL;

	for (int i = 0; i < 1000; i++) {
		items = mem_grow(items, n, &cap, sizeof(*items));
		CHECK(cap > n);
		items[n++] = i;
	}
	for (int i = 0; i < 1000; i++)
		CHECK(items[i] == i);
	CHECK(cap < 2048);
	free(items);
}

/*
 * Adopted first of all in this program: OpenSSL takes no other allocator once
 * it has allocated.
 */
static __attribute__((constructor)) void
adopt(void)
{
	mem_adopt_libraries();
}

TEST(libraries_allocate_as_we_do)
{
	CRYPTO_malloc_fn alloc = NULL;
	CRYPTO_realloc_fn realloc_ = NULL;
	CRYPTO_free_fn free_ = NULL;
	AUTO(json) struct json *j = NULL;
	struct err e;
	char *p;

	CRYPTO_get_mem_functions(&alloc, &realloc_, &free_);
	CHECK(alloc != CRYPTO_malloc && realloc_ != CRYPTO_realloc &&
	      free_ != CRYPTO_free);
	/* OpenSSL asks for nothing, and expects nothing. */
	CHECK(OPENSSL_malloc(0) == NULL);
	p = OPENSSL_malloc(4);
	p = OPENSSL_realloc(p, 4096);
	memset(p, 'x', 4096);
	CHECK(OPENSSL_realloc(p, 0) == NULL);
	OPENSSL_free(NULL);
	CHECK_OK(json_parse(slice_str("[1,2,{\"a\":\"b\"}]"), &j, &e), &e);
	CHECK_INT(json_count(j), 3);
}

TEST_MAIN

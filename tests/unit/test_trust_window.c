/* Windows of time. */
#include "trust/window.h"

#include "test.h"

static int
read_window(const char *text, struct window *ret, struct err *e)
{
	AUTO(json) struct json *j = NULL;

	CHECK_OK(json_parse(slice_str(text), &j, e), e);
	return window_read(j, ret, e);
}

/* Both ends belong to it, and a second belongs to it if any of it does. */
TEST(windows)
{
	struct window w;
	struct err e = { 0 };

	CHECK_OK(read_window("{\"start\":\"1970-01-01T00:01:40Z\","
			     "\"end\":\"1970-01-01T00:03:20Z\"}",
		     &w, &e),
	    &e);
	CHECK(!window_has(&w, 99));
	CHECK(window_has(&w, 100));
	CHECK(window_has(&w, 200));
	CHECK(!window_has(&w, 201));
	CHECK_OK(read_window("{\"start\":\"1970-01-01T00:01:40Z\","
			     "\"end\":\"1970-01-01T00:03:19.999Z\"}",
		     &w, &e),
	    &e);
	CHECK(window_has(&w, 199));
	CHECK(!window_has(&w, 200));
	CHECK_OK(read_window("{\"start\":\"1970-01-01T00:01:40Z\","
			     "\"end\":null}",
		     &w, &e),
	    &e);
	CHECK(window_has(&w, 1000000000000));
	CHECK(!window_has(&w, INT64_MAX));
	CHECK(!window_has(&w, INT64_MIN));
}

TEST(windows_that_are_none)
{
	static const char *const cases[] = { "{}", "[]",
		"{\"end\":\"2020-01-01T00:00:00Z\"}", "{\"start\":1}",
		"{\"start\":\"now\"}",
		"{\"start\":\"2020-01-01T00:00:00Z\",\"end\":1}",
		"{\"start\":\"2020-01-01T00:00:00Z\",\"end\":\"\"}" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct window w;
		struct err e = { 0 };

		printf("# %s\n", cases[i]);
		CHECK_ERR(read_window(cases[i], &w, &e), &e, ERR_MALFORMED);
	}
}

TEST_MAIN

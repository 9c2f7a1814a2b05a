/* Times as they are written, and windows of them. */
#include "trust/window.h"

#include "test.h"

TEST(times_that_are_read)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2022-12-31T23:59:59.999Z", 1672531199999 },
		{ "2021-01-12T11:53:27Z", 1610452407000 },
		{ "2021-01-12T11:53:27.5Z", 1610452407500 },
		{ "2021-01-12T11:53:27.123456789Z", 1610452407123 },
		{ "2021-01-12T12:53:27+01:00", 1610452407000 },
		{ "2021-01-12T09:23:27-02:30", 1610452407000 },
		{ "2024-02-29T00:00:00Z", 1709164800000 },
		{ "9999-12-31T23:59:59Z", 253402300799000 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t ms = -1;
		struct err e = { 0 };

		CHECK_OK(when_parse(cases[i].text, &ms, &e), &e);
		CHECK_INT(ms, cases[i].ms);
	}
}

TEST(times_that_are_none)
{
	static const char *const cases[] = { "", "2021", "2021-01-12",
		"2021-01-12T11:53:27", "2021-01-12 11:53:27Z",
		"2021-13-12T11:53:27Z", "2021-02-30T11:53:27Z",
		"2023-02-29T00:00:00Z", "2021-01-12T25:53:27Z",
		"2021-01-12T11:60:27Z", "2021-01-12T11:53:61Z",
		"2021-01-12T11:53:27.Z", "2021-01-12T11:53:27.1234567890Z",
		"2021-01-12T11:53:27ZZ", "2021-01-12T11:53:27+0100",
		"2021-01-12T11:53:27+24:00", "+021-01-12T11:53:27Z",
		"2021-1-12T11:53:27.00Z", "20210112T115327.0000Z" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t ms;
		struct err e = { 0 };

		printf("# \"%s\"\n", cases[i]);
		CHECK_ERR(when_parse(cases[i], &ms, &e), &e, ERR_MALFORMED);
	}
}

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

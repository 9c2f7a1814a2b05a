/* Times as they are written. */
#include "base/rfc3339.h"

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

		CHECK_OK(rfc3339_parse(cases[i].text, &ms, &e), &e);
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
		CHECK_ERR(rfc3339_parse(cases[i], &ms, &e), &e, ERR_MALFORMED);
	}
}

TEST(seconds_are_written)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1709164800, "2024-02-29T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ INT64_MAX, "9223372036854775807" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[RFC3339_TEXT_MAX];

		rfc3339_text(cases[i].seconds, text);
		CHECK_STR(text, cases[i].want);
	}
}

TEST_MAIN

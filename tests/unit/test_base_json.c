#include "base/json.h"

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

static int
parse(const char *text, struct err *e)
{
	AUTO(json) struct json *j = NULL;
	int r = json_parse(slice_str(text), &j, e);

	CHECK((r == 0) == (j != NULL));
	return r;
}

TEST(what_is_no_json_is_refused)
{
	static const char *const bad[] = { "", " ", "{", "}", "[1,]",
		"{\"a\":}", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}",
		"1 2", "{} x", "\"\\u0000\"", "{\"a\\u0000b\":1}", "\"\xff\"",
		"\"\xc0\x80\"", "{'a':1}", "nul", "01", "\"a\nb\"", "[1" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		printf("# %s\n", bad[i]);
		CHECK_ERR(parse(bad[i], &e), &e, ERR_MALFORMED);
	}
}

TEST(errors_quote_nothing_of_the_document)
{
	static const char *const bad[] = { "{\"token\":s3cret}",
		"{\"token\" \"s3cret\"}", "{\"s3cret\":1,\"s3cret\":2}",
		"[\"s3cret\" 1]", "{s3cret:1}", "\"s3cret\" \"s3cret\"",
		"[\"s3cret\\ud800\"]", "[\"s3cret\n\"]", "[\"s3cret",
		"[\"s3cret\xff\"]", "[s3cret", "{\"a\":\"s3cret\",}" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		CHECK_ERR(parse(bad[i], &e), &e, ERR_MALFORMED);
		if (strstr(e.msg, "s3cret") != NULL)
			FAIL("%s", e.msg);
	}
	CHECK_ERR(parse("[1,\n2 3]", &e), &e, ERR_MALFORMED);
	CHECK_STR(e.msg, "no valid JSON: line 2: ']' expected");
}

TEST(every_beginning_of_a_document_is_refused)
{
	static const char text[] =
	    "{\"a\":[1,true,null,\"x\\u00e4\",{\"b\":-1.5}]}";
	struct err e;

	CHECK_OK(parse(text, &e), &e);
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		AUTO(json) struct json *j = NULL;

		CHECK_ERR(json_parse(slice_of(text, len), &j, &e), &e,
		    ERR_MALFORMED);
		CHECK(j == NULL);
	}
}

TEST(bytes_behind_a_nul_are_not_forgotten)
{
	AUTO(json) struct json *j = NULL;
	struct err e;

	CHECK_ERR(json_parse(slice_of("{}\0{}", 5), &j, &e), &e, ERR_MALFORMED);
	CHECK_ERR(json_parse(slice_of("{}\0", 3), &j, &e), &e, ERR_MALFORMED);
	CHECK(j == NULL);
}

TEST(any_value_may_stand_alone)
{
	static const char *const good[] = { "1", "\"x\"", "null", "[]", "{}",
		" {\"a\":[1,2,{\"b\":null}]} " };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(good); i++)
		CHECK_OK(parse(good[i], &e), &e);
}

/* A document of 4 MiB could take 300 MiB of memory. */
TEST(values_are_bounded_and_commas_in_strings_do_not_count)
{
	static const struct {
		size_t n;
		const char *item;
		enum err_code want;
	} cases[] = { { JSON_VALUES_MAX - 1, "1", ERR_NONE },
		{ JSON_VALUES_MAX + 1, "1", ERR_LIMIT },
		{ JSON_VALUES_MAX / 2 + 1, "{}", ERR_LIMIT },
		{ JSON_VALUES_MAX / 4, "\",,{{[[,,,,\"", ERR_NONE } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(buf) struct buf text = buf_with_max(4u << 20);
		AUTO(json) struct json *j = NULL;
		struct err e = { 0 };

		CHECK(buf_printf(&text, "[") == 0);
		for (size_t n = 1; n < cases[i].n; n++)
			CHECK(buf_printf(&text, "%s,", cases[i].item) == 0);
		CHECK(buf_printf(&text, "%s]", cases[i].item) == 0);
		CHECK_INT(json_parse(buf_slice(&text), &j, &e),
		    cases[i].want == ERR_NONE ? 0 : -1);
		CHECK_INT(e.code, cases[i].want);
	}
}

TEST(depth_is_bounded_and_brackets_in_strings_do_not_count)
{
	AUTO(buf) struct buf b = buf_with_max(100000);
	struct err e;

	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		CHECK(buf_puts(&b, "[") == 0);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		CHECK(buf_puts(&b, "]") == 0);
	CHECK_OK(parse(buf_text(&b), &e), &e);
	buf_reset(&b);
	for (int i = 0; i < 20000; i++)
		CHECK(buf_puts(&b, "[") == 0);
	CHECK_ERR(parse(buf_text(&b), &e), &e, ERR_LIMIT);
	buf_reset(&b);
	CHECK(buf_puts(&b, "\"\\\"") == 0);
	for (int i = 0; i < 200; i++)
		CHECK(buf_puts(&b, "[{") == 0);
	CHECK(buf_puts(&b, "\"") == 0);
	CHECK_OK(parse(buf_text(&b), &e), &e);
}

TEST(getters_take_anything)
{
	AUTO(json) struct json *j = NULL;
	struct err e;
	int64_t n = 7;

	CHECK_OK(json_parse(slice_str("{\"a\":{\"b\":\"x\"},\"n\":5,\"r\":1.5,"
				      "\"l\":[1,2,3],\"z\":null}"),
		     &j, &e),
	    &e);
	CHECK_STR(json_get_text(json_get(j, "a"), "b"), "x");
	CHECK(json_get_text(json_get(json_get(j, "no"), "no"), "no") == NULL);
	CHECK(json_get_text(j, "n") == NULL);
	CHECK(json_get(NULL, "a") == NULL && json_text(NULL) == NULL);
	CHECK(json_get(json_get(j, "l"), "a") == NULL);
	CHECK(!json_int(json_get(j, "r"), &n) && n == 7);
	CHECK(!json_int(NULL, &n) && n == 7);
	CHECK(json_int(json_get(j, "n"), &n) && n == 5);
	CHECK_INT(json_count(json_get(j, "l")), 3);
	CHECK_INT(json_count(j), 5);
	CHECK_INT(json_count(json_get(j, "n")), 0);
	CHECK_INT(json_count(NULL), 0);
	CHECK(json_at(j, 0) == NULL && json_at(NULL, 0) == NULL);
	CHECK(json_at(json_get(j, "l"), 3) == NULL);
	CHECK(json_is_null(json_get(j, "z")) && !json_is_null(NULL));
	CHECK(json_is_object(j) && json_is_array(json_get(j, "l")));
	CHECK(!json_is_string(j) && !json_is_object(NULL));
}

TEST(what_is_built_is_printed_in_order_and_clean)
{
	AUTO(json) struct json *j = json_new_object();
	AUTO(json) struct json *more = json_new_object();
	AUTO(str) char *text = NULL;
	struct json *list = json_new_array();

	json_set_text(j, "z", "last name first");
	json_set_text(j, "a", NULL);
	json_set_integer(j, "n", -3);
	json_set(j, "b", json_new_bool(true));
	json_add(list, json_new_text("\xff\n"));
	json_set(j, "l", list);
	json_set_text(more, "m", "x");
	json_merge(j, more);
	json_merge(j, NULL);
	text = json_print(j, false);
	CHECK_STR(text,
	    "{\"z\":\"last name first\",\"a\":null,\"n\":-3,\"b\":true,"
	    "\"l\":[\"\\\\xff\\\\n\"],\"m\":\"x\"}");
}

TEST_MAIN

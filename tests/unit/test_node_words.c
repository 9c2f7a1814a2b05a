/* Command lines, as systemd and as /proc have them. */
#include "node/words.h"

#include "base/mem.h"
#include "base/slice.h"
#include "test.h"

/* Words joined by '|'. */
static char *
split(const char *line, const struct str_map *env)
{
	AUTO(str_list) struct str_list words = { 0 };
	struct err e;

	CHECK_OK(words_split(line, env, &words, &e), &e);
	return str_list_join(&words, "|");
}

TEST(words_and_quotes)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "", "" },
		{ "  \t ", "" },
		{ "a b\tc", "a|b|c" },
		{ "a 'b c' \"d e\"", "a|b c|d e" },
		{ "a'b c'd", "ab cd" },
		{ "'' a", "|a" },
		{ "a\\ b", "a b" },
		{ "\"a\\\"b\"", "a\"b" },
		{ "$A", "$A" },
		{ "a$$b", "a$$b" },
		{ "end\\", "end\\" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str) char *got = split(rows[i].line, NULL);

		CHECK_STR(got, rows[i].want);
	}
}

TEST(the_environment_is_put_in_as_systemd_does)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "k $ARGS end", "k|--a|--b c|end" },
		{ "k ${ARGS}", "k|--a '--b c'" },
		{ "k x${ONE}y", "k|x1y" },
		{ "k $NONE end", "k|end" },
		{ "k ${NONE}", "k|" },
		{ "k $$ONE", "k|$ONE" },
		{ "k x$ONE", "k|x$ONE" },
		{ "k ${ONE", "k|${ONE" },
		{ "k '$ONE'", "k|$ONE" },
		{ "k \"${ONE}${ONE}\"", "k|11" },
	};
	AUTO(str_map) struct str_map env = { 0 };

	str_map_set(&env, "ARGS", "--a '--b c'");
	str_map_set(&env, "ONE", "1");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str) char *got = split(rows[i].line, &env);

		CHECK_STR(got, rows[i].want);
	}
}

TEST(a_quote_that_does_not_end_is_refused)
{
	static const char *const lines[] = { "'a", "\"a", "a 'b\" c",
		"k $BAD" };
	AUTO(str_map) struct str_map env = { 0 };
	struct err e;

	str_map_set(&env, "BAD", "'x");
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		AUTO(str_list) struct str_list words = { 0 };

		CHECK_ERR(words_split(lines[i], &env, &words, &e), &e,
		    ERR_MALFORMED);
		CHECK_STR(e.msg, "a quote does not end");
	}
}

TEST(the_last_of_several_flags_counts)
{
	AUTO(str_list) struct str_list words = { 0 };
	AUTO(str_list) struct str_list all = { 0 };
	AUTO(str) char *joined = NULL;
	struct err e;

	CHECK_OK(
	    words_split(
		"kubelet --a=1 --b 2 --a 3 --c= -d=4 --ab=5 --x-y=6 --x_y 7 --u_v=8 --e",
		NULL, &words, &e),
	    &e);
	CHECK_STR(words_flag(&words, "a"), "3");
	CHECK_STR(words_flag(&words, "b"), "2");
	CHECK_STR(words_flag(&words, "c"), "");
	CHECK(words_flag(&words, "d") == NULL);
	CHECK(words_flag(&words, "e") == NULL);
	CHECK_STR(words_flag(&words, "ab"), "5");
	CHECK_STR(words_flag(&words, "x-y"), "7");
	CHECK(words_flag(&words, "u_v") != NULL);
	CHECK_STR(words_flag(&words, "u-v"), "8");
	words_flag_all(&words, "a", &all);
	joined = str_list_join(&all, "|");
	CHECK_STR(joined, "1|3");
}

TEST(what_proc_has_of_a_command)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "" },
		{ "a\0b\0", 4, "a|b" },
		{ "a\0\0b", 4, "a||b" },
		{ "title server\0\0\0", 15, "title server" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str_list) struct str_list words = { 0 };
		AUTO(str) char *got = NULL;

		words_of_cmdline(slice_of(rows[i].text, rows[i].len), &words);
		got = str_list_join(&words, "|");
		CHECK_STR(got, rows[i].want);
	}
}

TEST(lines_go_on_after_a_backslash_and_comments_do_not_count)
{
	const char *p = "  a = b  \n# no\nc \\\n; not this\n d\n\ne\\";
	static const char *const want[] = { "a = b", "c   d", "", "e" };

	for (size_t i = 0; i < COUNT_OF(want); i++) {
		AUTO(str) char *line = words_next_line(&p);

		/* A comment alone gives an empty line. */
		while (line != NULL && line[0] == '\0' && want[i][0] != '\0') {
			free(line);
			line = words_next_line(&p);
		}
		CHECK_STR(line, want[i]);
	}
	CHECK(words_next_line(&p) == NULL);
}

TEST(the_last_part_of_a_path)
{
	CHECK_STR(words_base_name("/usr/bin/kubelet"), "kubelet");
	CHECK_STR(words_base_name("kubelet"), "kubelet");
	CHECK_STR(words_base_name("/usr/"), "");
}

TEST_MAIN

/* str, buf, base64, err, diag, budget, file: the small things. */
#include <unistd.h>

#include "base/base64.h"
#include "base/budget.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "test.h"

TEST(utf8_is_what_rfc_3629_says)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = { { "", true }, { "plain", true }, { "\xc3\xa4", true },
		{ "\xe2\x82\xac", true }, { "\xf0\x9f\x98\x80", true },
		{ "\xf4\x8f\xbf\xbf", true }, { "\xc0\xaf", false },
		{ "\xe0\x80\xaf", false }, { "\xed\xa0\x80", false },
		{ "\xf4\x90\x80\x80", false }, { "\xf5\x80\x80\x80", false },
		{ "\x80", false }, { "\xc3", false }, { "\xe2\x82", false },
		{ "\xe2\x28\xa1", false }, { "a\xff", false },
		{ "\xf0\x9f\x98", false } };

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK(str_is_utf8(slice_str(cases[i].text)) == cases[i].good);
}

TEST(printable_text_moves_no_terminal)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} cases[] = { { "a\nb", 3, "a\\nb" }, { "\x1b[31m", 5, "\\x1b[31m" },
		{ "a\0b", 3, "a\\x00b" }, { "\x7f", 1, "\\x7f" },
		{ "\xc2\x9b", 2, "\\xc2\\x9b" },
		{ "\xff\xfe", 2, "\\xff\\xfe" }, { "\xc3\xa4", 2, "\xc3\xa4" },
		{ "", 0, "" } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(str)
		char *got =
		    str_printable(slice_of(cases[i].text, cases[i].len));

		CHECK_STR(got, cases[i].want);
	}
}

TEST(lists_and_maps)
{
	AUTO(str_list) struct str_list a = { 0 };
	AUTO(str_list) struct str_list b = { 0 };
	AUTO(str_map) struct str_map m = { 0 };
	AUTO(str_map) struct str_map copy = { 0 };
	AUTO(str) char *joined = NULL;
	AUTO(str) char *none = str_list_join(&b, ",");

	CHECK_STR(none, "");
	str_list_add(&a, "z");
	str_list_add(&a, "a");
	str_list_add(&b, "a");
	str_list_add(&b, "q");
	str_list_merge(&a, &b);
	str_list_sort(&a);
	joined = str_list_join(&a, ", ");
	CHECK_STR(joined, "a, q, z");
	CHECK(str_list_has(&a, "q") && !str_list_has(&a, "x"));
	str_map_set(&m, "k", "1");
	str_map_set(&m, "k", "2");
	str_map_copy(&copy, &m);
	CHECK_INT(copy.n, 1);
	CHECK_STR(str_map_get(&copy, "k"), "2");
	CHECK(str_map_get(&copy, "x") == NULL);
	CHECK(str_starts("abc", "ab") && !str_starts("a", "ab"));
	CHECK(str_ends("abc", "bc") && !str_ends("c", "bc"));
	CHECK(str_equal_null(NULL, NULL) && !str_equal_null("a", NULL));
}

TEST(a_buffer_ends_where_it_says)
{
	AUTO(buf) struct buf b = buf_with_max(10);
	AUTO(str) char *taken = NULL;

	CHECK_STR(buf_text(&b), "");
	CHECK(buf_puts(&b, "12345") == 0);
	CHECK(buf_puts(&b, "678901") < 0);
	CHECK_STR(buf_text(&b), "12345");
	CHECK(buf_printf(&b, "%d", 67890) == 0);
	CHECK(buf_printf(&b, "x") < 0);
	CHECK(buf_append(&b, "", 0) == 0);
	buf_print_cut(&b, "more");
	CHECK_STR(buf_text(&b), "1234567890");
	buf_cut(&b, 10);
	CHECK_STR(buf_text(&b), "1234567890");
	taken = buf_take(&b);
	CHECK_STR(taken, "1234567890");
	CHECK_INT(b.len, 0);
	buf_print_cut(&b, "%s", "a sentence that is too long");
	CHECK_STR(buf_text(&b), "a sentence");
	buf_cut(&b, 1);
	CHECK_STR(buf_text(&b), "a");
	buf_reset(&b);
	CHECK_STR(buf_text(&b), "");
}

TEST(an_empty_buffer_can_be_cut_and_taken)
{
	AUTO(buf) struct buf b = buf_with_max(0);
	AUTO(str) char *taken = NULL;

	buf_cut(&b, 0);
	buf_reset(&b);
	CHECK(buf_append(&b, "x", 1) < 0);
	taken = buf_take(&b);
	CHECK_STR(taken, "");
}

TEST(slices_are_bytes)
{
	CHECK(slice_equal(slice_of(NULL, 0), slice_str("")));
	CHECK(slice_is(slice_of("abc", 2), "ab"));
	CHECK(!slice_is(slice_of("ab\0", 3), "ab"));
	CHECK(slice_has_nul(slice_of("a\0", 2)));
	CHECK(!slice_has_nul(slice_of("a\0", 1)));
	CHECK(!slice_has_nul(slice_of(NULL, 0)));
}

static int
decode(const char *text, char *ret, size_t max, struct err *e)
{
	AUTO(buf) struct buf b = buf_with_max(max);

	if (base64_decode(slice_str(text), &b, e) < 0) {
		CHECK_INT(b.len, 0);
		return -1;
	}
	(void)snprintf(ret, 64, "%s", buf_text(&b));
	return 0;
}

TEST(base64_is_strict)
{
	/* RFC 4648 section 10. */
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zh==", "Zm9=", "Zg==Zg==", "=Zg=", "Zm9v\n", " Zm9v",
		"Zm-v", "Zm_v", "Z===", "====", "Zm9vZg=a" };
	char got[64] = "";
	struct err e;

	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		AUTO(str) char *text = base64_encode(slice_str(vectors[i][0]));

		CHECK_STR(text, vectors[i][1]);
		got[0] = '\0';
		CHECK_OK(decode(vectors[i][1], got, 64, &e), &e);
		CHECK_STR(got, vectors[i][0]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK_ERR(decode(bad[i], got, 64, &e), &e, ERR_MALFORMED);
	CHECK_OK(decode("Zm9vYmFy", got, 6, &e), &e);
	CHECK_ERR(decode("Zm9vYmFy", got, 5, &e), &e, ERR_LIMIT);
	CHECK_ERR(decode("Zm9vYmFyZm9vYmFy", got, 5, &e), &e, ERR_LIMIT);
	CHECK_OK(decode("Zm9vYmE=", got, 5, &e), &e);
	CHECK_OK(decode("Zm9vYg==", got, 4, &e), &e);
	CHECK_ERR(decode("Zm9vYg==", got, 3, &e), &e, ERR_LIMIT);
}

TEST(base64_that_fails_half_way_leaves_nothing)
{
	AUTO(buf) struct buf b = buf_with_max(100);
	struct err e;

	CHECK(buf_puts(&b, "before") == 0);
	CHECK_ERR(base64_decode(slice_str("Zm9vZm9vZm9v!m9v"), &b, &e), &e,
	    ERR_MALFORMED);
	CHECK_INT(b.len, 6);
	CHECK_STR(buf_text(&b), "before");
	CHECK_OK(base64_decode(slice_str("Zm9v"), &b, &e), &e);
	CHECK_STR(buf_text(&b), "beforefoo");
}

TEST(every_byte_survives_base64)
{
	AUTO(buf) struct buf b = buf_with_max(256);
	AUTO(str) char *text = NULL;
	uint8_t bytes[256];
	struct err e;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		free(text);
		text = base64_encode(slice_of(bytes, len));
		CHECK_INT(strlen(text), (len + 2) / 3 * 4);
		buf_reset(&b);
		CHECK_OK(base64_decode(slice_str(text), &b, &e), &e);
		CHECK(slice_equal(buf_slice(&b), slice_of(bytes, len)));
	}
}

TEST(hex_is_lower_case)
{
	AUTO(str) char *text = hex_encode(slice_of("\x00\xab\xff", 3));

	CHECK_STR(text, "00abff");
}

TEST(errors_keep_their_code_when_they_are_wrapped)
{
	struct err e;

	CHECK_INT(err_set(&e, ERR_LIMIT, "%d things", 3), -1);
	CHECK_INT(err_wrap(&e, "in %s", "there"), -1);
	CHECK_STR(e.msg, "in there: 3 things");
	CHECK(e.code == ERR_LIMIT && err_kind_of(e.code) == ERR_REFUSED);
	CHECK(err_kind_of(ERR_NONE) == ERR_KIND_NONE);
	CHECK(err_kind_of(ERR_TIMEOUT) == ERR_UNSURE);
	CHECK(err_kind_of(ERR_INTERNAL) == ERR_BROKEN);
	for (int i = 0; i < 100; i++)
		(void)err_wrap(&e, "%s", "a longer and longer way to say it");
	CHECK(strlen(e.msg) < ERR_MSG_MAX);
	(void)err_errno(&e, 2, "file");
	CHECK_STR(e.msg, "file: No such file or directory");
}

TEST(every_error_has_a_name_of_its_own_and_a_kind)
{
	CHECK_STR(err_name(ERR_NONE), "none");
	for (int i = ERR_NONE + 1; i < ERR_CODE_COUNT; i++) {
		const char *name = err_name((enum err_code)i);

		CHECK(name != NULL && name[strspn(name, "abcdefghijklmnopqrst"
							"uvwxyz-")] == '\0');
		CHECK(err_kind_of((enum err_code)i) != ERR_KIND_NONE);
		for (int k = ERR_NONE; k < i; k++)
			CHECK(strcmp(name, err_name((enum err_code)k)) != 0);
	}
}

TEST(complaints_have_a_place_and_an_end)
{
	AUTO(diag) struct diag d = { 0 };
	struct diag_pos at = { "a.yaml", 3, 7 };
	struct diag_pos whole = { "a.yaml", 0, 0 };

	CHECK_INT(diag_add(&d, at, "bad\n%s", "thing"), -1);
	CHECK_STR(d.items[0], "a.yaml:3:7: bad\\nthing");
	(void)diag_add(&d, whole, "missing");
	CHECK_STR(d.items[1], "a.yaml: missing");
	for (int i = 0; i < 2 * DIAG_MAX; i++)
		(void)diag_add(&d, at, "x");
	CHECK_INT(d.n, DIAG_MAX);
	CHECK_INT(d.dropped, DIAG_MAX + 2);
	diag_warn(&d, at, "lax");
	diag_note(&d, at, "left out");
	CHECK_STR(d.remarks[0], "a.yaml:3:7: warning: lax");
	CHECK_STR(d.remarks[1], "a.yaml:3:7: note: left out");
	for (int i = 0; i < 2 * DIAG_MAX; i++)
		diag_warn(&d, at, "x");
	CHECK_INT(d.nremarks, DIAG_MAX);
	CHECK_INT(d.remarks_dropped, DIAG_MAX + 2);
}

TEST(a_budget_ends_by_time_bytes_or_word)
{
	atomic_bool canceled = false;
	struct budget b = budget_new(40, &canceled);
	struct err e;

	CHECK_OK(budget_check(&b, &e), &e);
	CHECK_OK(budget_spend(&b, BUDGET_BYTES_MAX, &e), &e);
	CHECK_ERR(budget_spend(&b, 1, &e), &e, ERR_LIMIT);
	CHECK_OK(budget_spend(&b, 0, &e), &e);
	usleep(60000);
	CHECK_ERR(budget_check(&b, &e), &e, ERR_TIMEOUT);
	CHECK_STR(e.msg, "timeout of 40ms exceeded");
	CHECK_INT(budget_left_ms(&b), 0);
	b = budget_new(10000, &canceled);
	atomic_store(&canceled, true);
	CHECK_ERR(budget_check(&b, &e), &e, ERR_CANCELED);
}

TEST(files_are_regular_and_bounded)
{
	AUTO(buf) struct buf b = buf_with_max(0);
	char path[] = "/tmp/pullgate-test-XXXXXX";
	AUTO(fd) int fd = mkstemp(path);
	struct err e;

	CHECK(write(fd, "twelve bytes", 12) == 12);
	CHECK_OK(file_read(path, 12, &b, &e), &e);
	CHECK_STR(buf_text(&b), "twelve bytes");
	CHECK_ERR(file_read(path, 11, &b, &e), &e, ERR_LIMIT);
	CHECK_STR(buf_text(&b), "twelve bytes");
	CHECK_ERR(file_read("/tmp", 11, &b, &e), &e, ERR_SYSTEM);
	CHECK_ERR(file_read("/dev/zero", 11, &b, &e), &e, ERR_SYSTEM);
	(void)unlink(path);
	CHECK_ERR(file_read(path, 12, &b, &e), &e, ERR_SYSTEM);
}

TEST(time_is_written_as_rfc_3339)
{
	char text[CLOCK_TEXT_MAX];

	clock_now_text(text);
	CHECK_INT(strlen(text), 24);
	CHECK(text[10] == 'T' && text[19] == '.' && text[23] == 'Z');
}

TEST_MAIN

/* TOML, as containerd's configurations have it. */
#include "node/toml.h"

#include "base/mem.h"
#include "node_world.h"

static const char sample[] =
    "# a comment\n"
    "version = 3 # and one behind\r\n"
    "root = \"/var/lib/containerd\"\n"
    "imports = [\"/a/*.toml\", # first\n"
    "  '/b.toml',\n"
    "]\n"
    "disabled_plugins=[]\n"
    "\n"
    "[plugins]\n"
    "  [plugins.'io.containerd.cri.v1.images']\n"
    "    use_local_image_pull = true\n"
    "    registry.config_path = '/etc/certs.d'\n"
    "  [plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\"]\n"
    "    endpoint = [\"https://m\"]\n"
    "[[ many.tables ]]\n"
    "a.b . 'c d' = -1.5\n"
    "inline = { x = 1, y = [2, {z = 'q'}] }\n"
    "text = \"q\\\"\\\\\\n\"\n"
    "long = '''one\n"
    "two'''\n"
    "last = \"#\"";

TEST(every_value_by_its_path)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "version", "3" },
		{ "root", "/var/lib/containerd" },
		{ "imports", "/a/*.toml\n/b.toml\n" },
		{ "disabled_plugins", "" },
		{ "plugins/", "" },
		{ "plugins/io.containerd.cri.v1.images/use_local_image_pull",
		    "true" },
		{ "plugins/io.containerd.cri.v1.images/registry/config_path",
		    "/etc/certs.d" },
		{ "plugins/io.containerd.grpc.v1.cri/registry/mirrors/docker.io/endpoint",
		    "https://m\n" },
		{ "many/tables/a/b/c d", "-1.5" },
		{ "many/tables/inline/", "" },
		{ "many/tables/inline/x", "1" },
		{ "many/tables/inline/y", "2\nz\nq\n" },
		{ "many/tables/text", "q\"\\\n" },
		{ "many/tables/long", "one\ntwo" },
		{ "many/tables/last", "#" },
	};
	AUTO(str_map) struct str_map values = { 0 };
	struct err e;

	CHECK_OK(toml_read(slice_str(sample), &values, &e), &e);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		CHECK_STR(str_map_get(&values, rows[i].path), rows[i].want);
	CHECK(str_map_get(&values, "plugins") == NULL);
}

TEST(inline_tables_are_tables)
{
	static const struct {
		const char *text, *path, *want;
	} rows[] = {
		{ "a = {}", "a/", "" },
		{ "a = { b.c = 1, 'd.e' = {f = [1, 2], g = {}}, h = 'x' }",
		    "a/b/c", "1" },
		{ "a = { b.c = 1, 'd.e' = {f = [1, 2], g = {}}, h = 'x' }",
		    "a/d.e/f", "1\n2\n" },
		{ "a = { b.c = 1, 'd.e' = {f = [1, 2], g = {}}, h = 'x' }",
		    "a/d.e/g/", "" },
		{ "a = { b.c = 1, 'd.e' = {f = [1, 2], g = {}}, h = 'x' }",
		    "a/h", "x" },
		{ "[a]\nb = { c = {d = {e = 1}, f = 2}, g = 3 } # x\nh = 4",
		    "a/b/c/f", "2" },
		{ "[a]\nb = { c = {d = {e = 1}, f = 2}, g = 3 } # x\nh = 4",
		    "a/b/g", "3" },
		{ "[a]\nb = { c = {d = {e = 1}, f = 2}, g = 3 } # x\nh = 4",
		    "a/h", "4" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str_map) struct str_map values = { 0 };
		struct err e;

		CHECK_OK(toml_read(slice_str(rows[i].text), &values, &e), &e);
		CHECK_STR(str_map_get(&values, rows[i].path), rows[i].want);
	}
}

TEST(later_values_replace_earlier_ones)
{
	AUTO(str_map) struct str_map values = { 0 };
	struct err e;

	CHECK_OK(toml_read(slice_str("[a]\nx = 1\ny = 2\n"), &values, &e), &e);
	CHECK_OK(toml_read(slice_str("a.x = 3"), &values, &e), &e);
	CHECK_STR(str_map_get(&values, "a/x"), "3");
	CHECK_STR(str_map_get(&values, "a/y"), "2");
}

TEST(mistakes_are_told_with_their_line)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a", "line 1: '=' is missing" },
		{ "\n\na =\n", "line 3: a value is missing" },
		{ "a = 1 2", "line 1: more than a value" },
		{ "a = \"x\nb = 1", "line 1: a text does not end" },
		{ "a = 'x", "line 1: a text does not end" },
		{ "a = '''x''", "line 1: a text does not end" },
		{ "a = '''\n\n''' b", "line 3: more than a value" },
		{ "a = [1, [2]", "line 1: an array does not end" },
		{ "a = {x = 1", "line 1: an inline table does not end" },
		{ "[a", "line 1: a table's name does not end" },
		{ "[[a]", "line 1: a table's name does not end" },
		{ "[a] b = 1", "line 1: more than a value" },
		{ "[]", "line 1: a name is missing" },
		{ "= 1", "line 1: a name is missing" },
		{ "a. = 1", "line 1: a name is missing" },
		{ "'a = 1", "line 1: a text does not end" },
		{ "a = [[[[[[[[[[[[[[[[[1", "line 1: too deep" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str_map) struct str_map values = { 0 };
		struct err e;

		CHECK_ERR(toml_read(slice_str(rows[i].text), &values, &e), &e,
		    ERR_MALFORMED);
		CHECK_STR(e.msg, rows[i].want);
	}
}

TEST(names_have_an_end)
{
	AUTO(str_map) struct str_map values = { 0 };
	AUTO(buf) struct buf text = buf_with_max(1u << 20);
	struct err e;

	CHECK(buf_printf(&text, "a = {%0*d = 1}\n", TOML_PATH_MAX - 2, 0) == 0);
	CHECK_OK(toml_read(buf_slice(&text), &values, &e), &e);
	buf_reset(&text);
	CHECK(buf_printf(&text, "\na = {%0*d = 1}\n", TOML_PATH_MAX, 0) == 0);
	CHECK_ERR(toml_read(buf_slice(&text), &values, &e), &e, ERR_LIMIT);
	CHECK_STR(e.msg, "line 2: a name is longer than 4096 characters");
}

TEST(a_nul_and_too_many_values)
{
	AUTO(str_map) struct str_map values = { 0 };
	AUTO(buf) struct buf text = buf_with_max(1u << 20);
	struct err e;

	CHECK_ERR(toml_read(slice_of("a=1\0", 4), &values, &e), &e,
	    ERR_MALFORMED);
	for (int i = 0; i < TOML_VALUES_MAX + 2; i++)
		CHECK(buf_printf(&text, "k%d=1\n", i) == 0);
	CHECK_ERR(toml_read(buf_slice(&text), &values, &e), &e, ERR_LIMIT);
}

/* Cut anywhere it ends, one way or the other. */
TEST(half_a_file_is_no_danger)
{
	for (size_t len = 0; len <= strlen(sample); len++) {
		AUTO(str_map) struct str_map values = { 0 };
		AUTO(str) char *copy = mem_strndup(sample, len);
		struct err e = { 0 };
		int r = toml_read(slice_of(copy, len), &values, &e);

		CHECK(r == 0 || e.code == ERR_MALFORMED);
	}
}

TEST_MAIN

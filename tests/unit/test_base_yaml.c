#include "base/yaml.h"

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

/* The tree on one line: scalars bare, [ ] and { }. */
static void
print(const struct yaml_node *n, struct buf *out, int depth)
{
	const char *sep = "";

	CHECK(depth < 70);
	if (n->kind == YAML_SCALAR) {
		CHECK(buf_printf(out, "%s", n->value) == 0);
		return;
	}
	CHECK(buf_puts(out, n->kind == YAML_MAPPING ? "{" : "[") == 0);
	for (size_t i = 0; i < n->n; i++) {
		CHECK(buf_puts(out, sep) == 0);
		if (n->kind == YAML_MAPPING)
			CHECK(buf_printf(out, "%s:", n->keys[i]->value) == 0);
		print(n->items[i], out, depth + 1);
		sep = ",";
	}
	CHECK(buf_puts(out, n->kind == YAML_MAPPING ? "}" : "]") == 0);
}

TEST(trees)
{
	static const char *const cases[][2] = {
		{ "a: 1\nb: [x, y]\n", "{a:1,b:[x,y]}" },
		{ "a: &x {k: v}\nb: *x\n", "{a:{k:v},b:{k:v}}" },
		{ "base: &b {k: 1, l: 2}\nc:\n  <<: *b\n  l: 3\n",
		    "{base:{k:1,l:2},c:{l:3,k:1}}" },
		{ "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], z: 3}\n",
		    "{a:{x:1},b:{x:2,y:2},c:{z:3,x:1,y:2}}" },
		{ "a: \"<<\"\n", "{a:<<}" },
		{ "a: 1\r\nb: |\r\n  two\r\n", "{a:1,b:two\n}" },
		{ "\xef\xbb\xbf"
		  "a: 1\n",
		    "{a:1}" },
		{ "- &x 1\n- *x\n- &x 2\n- *x\n", "[1,1,2,2]" },
		{ "&k a: 1\nb: *k\n", "{a:1,b:a}" },
		{ "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n",
		    "{a:{x:1},b:{y:2,x:1},c:{y:2,x:1}}" },
		{ "\"<<\": {a: 1}\n", "{<<:{a:1}}" },
		{ "a: >-\n  two\n  words\nb: 'it''s'\n",
		    "{a:two words,b:it's}" },
		{ "a:\nb: ~\n", "{a:,b:~}" },
		{ "# nothing but this\n[]\n", "[]" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(yaml) struct yaml_file *f = NULL;
		AUTO(diag) struct diag d = { 0 };
		AUTO(buf) struct buf out = buf_with_max(10000);

		if (yaml_parse(slice_str(cases[i][0]), "t", &f, &d) < 0) {
			FAIL("%s", d.items[0]);
			continue;
		}
		print(yaml_doc_root(f, 0), &out, 0);
		CHECK_STR(buf_text(&out), cases[i][1]);
	}
}

TEST(mistakes_have_their_place)
{
	static const char *const cases[][2] = {
		{ "a: 1\na: 2\n", "t:2:1: duplicate key \"a\"" },
		{ "a: 1\n  b: 2\n",
		    "t:2:4: mapping values are not allowed in this context" },
		{ "? [x]\n: 1\n", "t:1:3: a key must be a scalar" },
		{ "a: *nope\n", "t:1:4: alias *nope has no anchor" },
		{ "a: &x [*x]\n", "t:1:8: alias *x inside what it stands for" },
		{ "<<: 5\n", "t:1:1: << needs a mapping to merge" },
		{ "a: \"x\\0y\"\n", "t:1:4: NUL in a text" },
		{ "a: [1\n", "t:2:1: did not find expected ',' or ']'" },
		{ "&a x: &b\n--- *a\n", "t:2:5: alias *a has no anchor" },
		{ "a: \xff\n", "t:1:4: invalid leading UTF-8 octet" },
		{ "\xef\xbb\xbf"
		  "\xc3\xa4: 1\nb: \xe2\x82\xac\xc0\xaf\n",
		    "t:2:5: invalid length of a UTF-8 sequence" },
		{ "a: 1\n\nb: \x01\n",
		    "t:3:4: control characters are not allowed" },
		{ "a: {<<: [{x: 1}, 2]}\n",
		    "t:1:5: << needs a mapping to merge" },
		{ "<<: {a: 1}\n<<: {b: 1}\n", "t:2:1: duplicate key \"<<\"" },
		{ "a: &x {<<: *x}\n",
		    "t:1:12: alias *x inside what it stands for" },
		{ "a:\n\tb: 1\n", "t:2:1: found character that cannot start "
				  "any token" },
		{ "\"a\": 1\na: 2\n", "t:2:1: duplicate key \"a\"" },
		{ "&k a: 1\n*k : 2\n", "t:2:1: duplicate key \"a\"" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(yaml) struct yaml_file *f = NULL;
		AUTO(diag) struct diag d = { 0 };

		CHECK_INT(yaml_parse(slice_str(cases[i][0]), "t", &f, &d), -1);
		CHECK(f == NULL);
		CHECK_STR(d.n > 0 ? d.items[0] : NULL, cases[i][1]);
	}
}

static void
refused(const struct buf *text, const char *part)
{
	AUTO(yaml) struct yaml_file *f = NULL;
	AUTO(diag) struct diag d = { 0 };

	CHECK_INT(yaml_parse(buf_slice(text), "t", &f, &d), -1);
	if (d.n == 0 || strstr(d.items[0], part) == NULL)
		FAIL("%s", d.n == 0 ? "nothing said" : d.items[0]);
}

TEST(bombs_end)
{
	AUTO(buf) struct buf b = buf_with_max(20u << 20);

	/* A billion laughs. */
	CHECK(buf_puts(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n") == 0);
	for (int i = 1; i < 10; i++) {
		CHECK(buf_printf(&b, "a%d: &a%d [", i, i) == 0);
		for (int k = 0; k < 10; k++)
			CHECK(buf_printf(&b, "*a%d,", i - 1) == 0);
		CHECK(buf_puts(&b, "]\n") == 0);
	}
	refused(&b, "more than 200000 nodes");

	buf_reset(&b);
	for (int i = 0; i < 10000; i++)
		CHECK(buf_puts(&b, "[") == 0);
	refused(&b, "nested deeper than 64 levels");

	buf_reset(&b);
	CHECK(buf_puts(&b, "- &a0 [x]\n") == 0);
	for (int i = 1; i < 100; i++)
		CHECK(buf_printf(&b, "- &a%d [*a%d]\n", i, i - 1) == 0);
	refused(&b, "nested deeper than 64 levels");

	buf_reset(&b);
	for (int i = 0; i < 5000; i++)
		CHECK(buf_printf(&b, "k%d: 1\n", i) == 0);
	refused(&b, "more than 4096 keys");

	buf_reset(&b);
	for (int i = 0; i < 300; i++)
		CHECK(buf_printf(&b, "- &a%d x\n", i) == 0);
	refused(&b, "more than 256 anchors");

	/* Documents count as well, empty or not. */
	buf_reset(&b);
	for (int i = 0; i < 210000; i++)
		CHECK(buf_puts(&b, "---\n") == 0);
	refused(&b, "more than 200000 nodes");

	/* Each merge is small; together they are not. */
	buf_reset(&b);
	CHECK(buf_puts(&b, "- &m {") == 0);
	for (int i = 0; i < 4000; i++)
		CHECK(buf_printf(&b, "k%d: 1,", i) == 0);
	CHECK(buf_puts(&b, "}\n") == 0);
	for (int i = 0; i < 100; i++)
		CHECK(buf_puts(&b, "- {<<: *m}\n") == 0);
	refused(&b, "more than 200000 nodes");

	buf_reset(&b);
	CHECK(buf_puts(&b, "- &m {") == 0);
	for (int i = 0; i < 4000; i++)
		CHECK(buf_printf(&b, "k%d: 1,", i) == 0);
	CHECK(buf_puts(&b, "}\n- {<<: *m, ") == 0);
	for (int i = 0; i < 100; i++)
		CHECK(buf_printf(&b, "l%d: 1,", i) == 0);
	CHECK(buf_puts(&b, "}\n") == 0);
	refused(&b, "more than 4096 keys");

	buf_reset(&b);
	while (buf_puts(&b, "- a sequence of many, many texts\n") == 0)
		;
	refused(&b, "larger than 16 MiB");
}

TEST(several_documents)
{
	AUTO(yaml) struct yaml_file *f = NULL;
	AUTO(diag) struct diag d = { 0 };

	CHECK_INT(yaml_parse(slice_str("a: 1\n---\n---\nb: 2\n"), "t", &f, &d),
	    0);
	CHECK_INT(yaml_doc_count(f), 3);
	CHECK(yaml_is_null(yaml_doc_root(f, 1)));
	CHECK_INT(yaml_doc_root(f, 2)->pos.line, 4);
}

struct target {
	bool flag;
	long long number, duration, size;
};

static int
read_flag(const struct yaml_node *v, void *obj, struct diag *d)
{
	return yaml_read_bool(v, &((struct target *)obj)->flag, d);
}

static int
read_number(const struct yaml_node *v, void *obj, struct diag *d)
{
	return yaml_read_number(v, 1, 9, &((struct target *)obj)->number, d);
}

static int
read_duration(const struct yaml_node *v, void *obj, struct diag *d)
{
	return yaml_read_duration(v, 100, 3600000,
	    &((struct target *)obj)->duration, d);
}

static int
read_size(const struct yaml_node *v, void *obj, struct diag *d)
{
	return yaml_read_size(v, 0, 1 << 30, &((struct target *)obj)->size, d);
}

static const struct yaml_field fields[] = {
	{ "flag", read_flag, false },
	{ "number", read_number, true },
	{ "duration", read_duration, false },
	{ "size", read_size, false },
};

static int
read_target(const char *text, struct target *ret, struct diag *d)
{
	AUTO(yaml) struct yaml_file *f = NULL;

	CHECK_INT(yaml_parse(slice_str(text), "t", &f, d), 0);
	return yaml_read_mapping(yaml_doc_root(f, 0), "target", fields,
	    COUNT_OF(fields), ret, d);
}

TEST(mappings_by_table)
{
	struct target t = { 0 };
	AUTO(diag) struct diag d = { 0 };

	CHECK_INT(read_target("flag: true\nnumber: 7\nduration: 1m30s\n"
			      "size: 64Mi\n",
		      &t, &d),
	    0);
	CHECK(t.flag);
	CHECK_INT(t.number, 7);
	CHECK_INT(t.duration, 90000);
	CHECK_INT(t.size, 64 << 20);
}

TEST(all_mistakes_of_a_mapping_are_told)
{
	static const char *const want[] = {
		"t:1:7: true or false is expected",
		"t:2:9: 12 is out of range (1 to 9)",
		"t:3:11: a duration is expected, such as 10s or 1m30s",
		"t:4:7: a size is expected, such as 64Mi",
		"t:5:1: unknown field \"nubmer\" in target",
	};
	struct target t = { 0 };
	AUTO(diag) struct diag d = { 0 };

	CHECK_INT(read_target("flag: yes\nnumber: 12\nduration: 10\n"
			      "size: 5Zi\nnubmer: 1\n",
		      &t, &d),
	    -1);
	CHECK_INT(d.n, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want) && i < d.n; i++)
		CHECK_STR(d.items[i], want[i]);
}

TEST(scalars_that_are_none)
{
	static const char *const cases[][2] = {
		{ "number: x", "a whole number is expected" },
		{ "number: -1", "a whole number is expected" },
		{ "number: 1.5", "a whole number is expected" },
		{ "number: [1]", "a whole number is expected" },
		{ "number: 99999999999999999999",
		    "a whole number is expected" },
		{ "{number: 1, flag: \"true\"}", "true or false is expected" },
		{ "{number: 1, duration: 10s5}", "a duration is expected" },
		{ "{number: 1, duration: 99999999999999999h}",
		    "a duration is expected" },
		{ "{number: 1, duration: 5ms}", "out of range" },
		{ "{number: 1, size: 9999999999999Gi}", "a size is expected" },
		{ "{flag: true}", "target needs \"number\"" },
		{ "[1]", "target must be a mapping" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct target t = { 0 };
		AUTO(diag) struct diag d = { 0 };

		CHECK_INT(read_target(cases[i][0], &t, &d), -1);
		if (d.n == 0 || strstr(d.items[0], cases[i][1]) == NULL)
			FAIL("%s: %s", cases[i][0],
			    d.n == 0 ? "nothing said" : d.items[0]);
	}
}

TEST_MAIN

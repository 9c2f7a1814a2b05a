/* TOML, flattened. */
#include "node/toml.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define TEXT_MAX (1u << 20)

struct reading {
	const char *p; /* ends with a NUL */
	unsigned line;
	char *table; /* "a/b/", or "" */
	struct str_map *values;
	struct err *e;
};

static int
fail(const struct reading *r, const char *what)
{
	return err_set(r->e, ERR_MALFORMED, "line %u: %s", r->line, what);
}

static void
skip_blanks(struct reading *r)
{
	r->p += strspn(r->p, " \t");
}

static void
skip_comment(struct reading *r)
{
	skip_blanks(r);
	if (*r->p == '#')
		r->p += strcspn(r->p, "\n");
}

/* Blanks, comments and ends of lines. */
static void
skip_space(struct reading *r)
{
	for (;;) {
		skip_comment(r);
		if (*r->p == '\r' && r->p[1] == '\n')
			r->p++;
		if (*r->p != '\n')
			return;
		r->p++;
		r->line++;
	}
}

static int
put(const struct reading *r, struct buf *out, const char *s, size_t len)
{
	return buf_append(out, s, len) < 0 ? fail(r, "a value is too long") : 0;
}

/* What a backslash stands for.  Of the others, which no path needs, the letter
 * is kept. */
static char
unescaped(char c)
{
	static const char from[] = "ntrbf", to[] = "\n\t\r\b\f";
	const char *at = c == '\0' ? NULL : strchr(from, c);

	return at == NULL ? c : to[at - from];
}

/* "…" or '…', after the first quote. */
static int
read_quoted(struct reading *r, char quote, struct buf *out)
{
	while (*r->p != quote) {
		char c = *r->p;

		if (c == '\0' || c == '\n')
			return fail(r, "a text does not end");
		if (c == '\\' && quote == '"' && r->p[1] != '\0')
			c = unescaped(*++r->p);
		if (put(r, out, &c, 1) < 0)
			return -1;
		r->p++;
	}
	r->p++;
	return 0;
}

/* Three of either quote, up to the next three. */
static int
read_long(struct reading *r, char quote, struct buf *out)
{
	const char mark[] = { quote, quote, quote, '\0' };
	const char *end = strstr(r->p + 3, mark);

	if (end == NULL)
		return fail(r, "a text does not end");
	for (const char *c = r->p; c < end; c++)
		r->line += *c == '\n';
	if (put(r, out, r->p + 3, (size_t)(end - r->p) - 3) < 0)
		return -1;
	r->p = end + 3;
	return 0;
}

static int
read_text(struct reading *r, struct buf *out)
{
	char quote = *r->p;

	if (r->p[1] == quote && r->p[2] == quote)
		return read_long(r, quote, out);
	r->p++;
	return read_quoted(r, quote, out);
}

/* A name, and those after its dots: "a.'b.c'" gives "a/b.c". */
static int
read_key(struct reading *r, struct buf *out)
{
	static const char bare[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	for (;;) {
		size_t len;

		skip_blanks(r);
		len = strspn(r->p, bare);
		if (*r->p == '"' || *r->p == '\'') {
			char quote = *r->p++;

			if (read_quoted(r, quote, out) < 0)
				return -1;
		} else if (len == 0) {
			return fail(r, "a name is missing");
		} else if (put(r, out, r->p, len) < 0) {
			return -1;
		} else {
			r->p += len;
		}
		skip_blanks(r);
		if (*r->p != '.')
			return 0;
		r->p++;
		if (put(r, out, "/", 1) < 0)
			return -1;
	}
}

/* A number, a date, true, false. */
static int
read_bare(struct reading *r, struct buf *out)
{
	size_t len = strcspn(r->p, " \t\r\n#,]}");

	if (len == 0)
		return fail(r, "a value is missing");
	if (put(r, out, r->p, len) < 0)
		return -1;
	r->p += len;
	return 0;
}

static int
read_scalar(struct reading *r, struct buf *out)
{
	return *r->p == '"' || *r->p == '\'' ? read_text(r, out)
					     : read_bare(r, out);
}

/* Up to the bracket that ends it, those within counted.  Items are lines. */
static int
read_array(struct reading *r, struct buf *out)
{
	int depth = 0;

	do {
		skip_space(r);
		if (*r->p == '[' || *r->p == '{') {
			if (++depth > TOML_DEPTH_MAX)
				return fail(r, "too deep");
			r->p++;
		} else if (*r->p == ']' || *r->p == '}') {
			depth--;
			r->p++;
		} else if (*r->p == ',' || *r->p == '=') {
			r->p++;
		} else if (*r->p == '\0') {
			return fail(r, "an array does not end");
		} else if (read_scalar(r, out) < 0 ||
			   put(r, out, "\n", 1) < 0) {
			return -1;
		}
	} while (depth > 0);
	return 0;
}

/* All bounds of *ret are kept here. */
static int
set(const struct reading *r, const char *path, const char *value)
{
	if (strlen(path) > TOML_PATH_MAX)
		return err_set(r->e, ERR_LIMIT,
		    "line %u: a name is longer than %d characters", r->line,
		    TOML_PATH_MAX);
	if (r->values->n > TOML_VALUES_MAX)
		return err_set(r->e, ERR_LIMIT, "more than %d values",
		    TOML_VALUES_MAX);
	str_map_set(r->values, path, value);
	return 0;
}

/* A table says something by being there. */
static int
set_table(const struct reading *r, const char *path)
{
	return str_map_get(r->values, path) != NULL ? 0 : set(r, path, "");
}

static int
read_plain_value(struct reading *r, const char *path)
{
	AUTO(buf) struct buf value = buf_with_max(TEXT_MAX);

	if ((*r->p == '[' ? read_array(r, &value) : read_scalar(r, &value)) < 0)
		return -1;
	return set(r, path, buf_text(&value));
}

/* "name = value" in an inline table; of a value that is one itself only the name,
 * which then stays on the path. */
static int
read_inline_pair(struct reading *r, struct buf *path)
{
	size_t len = path->len;

	if (read_key(r, path) < 0)
		return -1;
	if (*r->p != '=')
		return fail(r, "'=' is missing");
	r->p++;
	skip_space(r);
	if (*r->p == '{')
		return 0;
	if (read_plain_value(r, buf_text(path)) < 0)
		return -1;
	buf_cut(path, len);
	return 0;
}

/* "{ a = 1, b = { c = 2 } }" is a table with its path, and those within too. */
static int
read_inline(struct reading *r, const char *name)
{
	AUTO(buf) struct buf path = buf_with_max(TEXT_MAX);
	size_t ends[TOML_DEPTH_MAX], depth = 0;

	if (put(r, &path, name, strlen(name)) < 0)
		return -1;
	do {
		skip_space(r);
		if (*r->p == '\0')
			return fail(r, "an inline table does not end");
		if (*r->p == '}' || *r->p == ',') {
			depth -= *r->p++ == '}';
			buf_cut(&path, depth == 0 ? 0 : ends[depth - 1]);
		} else if (*r->p != '{') {
			if (read_inline_pair(r, &path) < 0)
				return -1;
		} else if (depth == TOML_DEPTH_MAX) {
			return fail(r, "too deep");
		} else {
			r->p++;
			if (put(r, &path, "/", 1) < 0 ||
			    set_table(r, buf_text(&path)) < 0)
				return -1;
			ends[depth++] = path.len;
		}
	} while (depth > 0);
	return 0;
}

static int
end_line(struct reading *r)
{
	skip_comment(r);
	if (*r->p == '\r')
		r->p++;
	return *r->p == '\n' || *r->p == '\0' ? 0
					      : fail(r, "more than a value");
}

static int
read_table(struct reading *r)
{
	AUTO(buf) struct buf name = buf_with_max(TEXT_MAX);
	bool many = r->p[1] == '[';

	r->p += 1 + many;
	if (read_key(r, &name) < 0)
		return -1;
	if (*r->p != ']' || (many && r->p[1] != ']'))
		return fail(r, "a table's name does not end");
	r->p += 1 + many;
	free(r->table);
	r->table = str_printf("%s/", buf_text(&name));
	return set_table(r, r->table) < 0 ? -1 : end_line(r);
}

static int
read_pair(struct reading *r)
{
	AUTO(buf) struct buf key = buf_with_max(TEXT_MAX);
	AUTO(str) char *path = NULL;

	if (read_key(r, &key) < 0)
		return -1;
	if (*r->p != '=')
		return fail(r, "'=' is missing");
	r->p++;
	skip_blanks(r);
	path = str_printf("%s%s", r->table, buf_text(&key));
	if ((*r->p == '{' ? read_inline(r, path) : read_plain_value(r, path)) <
	    0)
		return -1;
	return end_line(r);
}

int
toml_read(struct slice text, struct str_map *ret, struct err *e)
{
	AUTO(str) char *copy = NULL;
	struct reading r = { .line = 1, .values = ret, .e = e };
	int failed = 0;

	if (slice_has_nul(text))
		return err_set(e, ERR_MALFORMED, "a NUL in it");
	copy = mem_strndup((const char *)text.ptr, text.len);
	r.p = copy;
	r.table = mem_strdup("");
	skip_space(&r);
	while (failed == 0 && *r.p != '\0') {
		failed = *r.p == '[' ? read_table(&r) : read_pair(&r);
		if (failed == 0)
			skip_space(&r);
	}
	free(r.table);
	return failed;
}

/* Command lines, taken apart. */
#include "node/words.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define WORD_MAX (4u << 20)

/* What is longer than all files together ends the process, as memory would. */
static void
put(struct buf *b, const char *s, size_t len)
{
	if (buf_append(b, s, len) < 0)
		abort();
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
name_len(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* "$NAME" as a word of its own: 1 if it was one, and its words are added. */
static int
expand_word(const char **p, const struct str_map *env, struct str_list *ret,
    struct err *e)
{
	size_t len = env == NULL || **p != '$' ? 0 : name_len(*p + 1);
	AUTO(str) char *name = NULL;
	const char *value;

	if (len == 0 || ((*p)[1 + len] != '\0' && !is_space((*p)[1 + len])))
		return 0;
	name = mem_strndup(*p + 1, len);
	value = str_map_get(env, name);
	*p += 1 + len;
	if (value != NULL && words_split(value, NULL, ret, e) < 0)
		return -1;
	return 1;
}

/* "${NAME}" and "$$" in a word: true if it was one. */
static bool
expand_part(const char **p, const struct str_map *env, struct buf *word)
{
	size_t len;
	AUTO(str) char *name = NULL;
	const char *value;

	if (env == NULL || **p != '$')
		return false;
	if ((*p)[1] == '$') {
		put(word, "$", 1);
		*p += 2;
		return true;
	}
	len = (*p)[1] == '{' ? name_len(*p + 2) : 0;
	if (len == 0 || (*p)[2 + len] != '}')
		return false;
	name = mem_strndup(*p + 2, len);
	value = str_map_get(env, name);
	if (value != NULL)
		put(word, value, strlen(value));
	*p += 3 + len;
	return true;
}

static int
read_word(const char **p, const struct str_map *env, struct buf *word,
    struct err *e)
{
	char quote = '\0';

	for (; **p != '\0' && (quote != '\0' || !is_space(**p)); (*p)++) {
		while (expand_part(p, env, word))
			continue;
		if (**p == '\0' || (quote == '\0' && is_space(**p)))
			break;
		if (quote == '\0' && (**p == '"' || **p == '\'')) {
			quote = **p;
			continue;
		}
		if (quote != '\0' && **p == quote) {
			quote = '\0';
			continue;
		}
		if (**p == '\\' && (*p)[1] != '\0')
			(*p)++;
		put(word, *p, 1);
	}
	if (quote != '\0')
		return err_set(e, ERR_MALFORMED, "a quote does not end");
	return 0;
}

int
words_split(const char *line, const struct str_map *env, struct str_list *ret,
    struct err *e)
{
	const char *p = line;

	for (;;) {
		AUTO(buf) struct buf word = buf_with_max(WORD_MAX);
		int r;

		while (is_space(*p))
			p++;
		if (*p == '\0')
			return 0;
		r = expand_word(&p, env, ret, e);
		if (r < 0)
			return -1;
		if (r > 0)
			continue;
		if (read_word(&p, env, &word, e) < 0)
			return -1;
		str_list_add(ret, buf_text(&word));
	}
}

bool
words_is_flag(const char *word, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (word[i] != name[i] && (word[i] != '_' || name[i] != '-'))
			return false;
	return word[len] == '=' || word[len] == '\0';
}

/* The value that word i or the one after it gives; NULL if it is another. */
static const char *
value_at(const struct str_list *words, size_t i, const char *name)
{
	const char *word = words->items[i];
	if (!str_starts(word, "--") || !words_is_flag(word + 2, name))
		return NULL;
	word += 2 + strlen(name);
	if (*word == '=')
		return word + 1;
	return i + 1 < words->n ? words->items[i + 1] : NULL;
}

const char *
words_flag(const struct str_list *words, const char *name)
{
	const char *value = NULL, *found;

	for (size_t i = 0; i < words->n; i++)
		if ((found = value_at(words, i, name)) != NULL)
			value = found;
	return value;
}

void
words_flag_all(const struct str_list *words, const char *name,
    struct str_list *ret)
{
	const char *found;

	for (size_t i = 0; i < words->n; i++)
		if ((found = value_at(words, i, name)) != NULL)
			str_list_add(ret, found);
}

void
words_of_cmdline(struct slice text, struct str_list *ret)
{
	const char *p = (const char *)text.ptr;
	size_t left = text.len;

	while (left > 0 && p[left - 1] == '\0')
		left--;
	while (left > 0) {
		size_t len = strnlen(p, left);

		str_list_own(ret, mem_strndup(p, len));
		len += len < left;
		p += len;
		left -= len;
	}
}

static bool
is_comment(const char *line, size_t len)
{
	size_t skip = 0;

	while (skip < len && is_space(line[skip]))
		skip++;
	return skip < len && (line[skip] == '#' || line[skip] == ';');
}

static char *
trimmed(const char *s, size_t len)
{
	while (len > 0 && is_space(s[len - 1]))
		len--;
	while (len > 0 && is_space(*s)) {
		s++;
		len--;
	}
	return mem_strndup(s, len);
}

char *
words_next_line(const char **text)
{
	AUTO(buf) struct buf line = buf_with_max(WORD_MAX);
	bool more = true;

	if (**text == '\0')
		return NULL;
	while (more && **text != '\0') {
		const char *start = *text;
		size_t len = strcspn(start, "\n");

		*text += len + (start[len] == '\n');
		if (is_comment(start, len)) {
			more = line.len > 0;
			continue;
		}
		more = len > 0 && start[len - 1] == '\\';
		put(&line, start, len - more);
		if (more)
			put(&line, " ", 1);
	}
	return trimmed(buf_text(&line), line.len);
}

const char *
words_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

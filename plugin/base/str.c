/* Strings: copies, tests, lists and small maps. */
#include "base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

char *
str_printf(const char *fmt, ...)
{
	va_list ap, again;
	char *s;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	assert(len >= 0);
	s = mem_alloc((size_t)len + 1);
	(void)vsnprintf(s, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}

bool
str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), want = strlen(suffix);

	return len >= want && strcmp(s + len - want, suffix) == 0;
}

bool
str_equal_null(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/*
 * Length of the well-formed UTF-8 sequence at p, 0 if there is none.  The rows
 * are RFC 3629 section 4: lead byte range, second byte range, length.
 */
static size_t
utf8_len(const uint8_t *p, size_t left)
{
	static const struct {
		uint8_t lead_min, lead_max, next_min, next_max;
		size_t len;
	} forms[] = {
		/* clang-format off */
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		if (p[0] < forms[i].lead_min || p[0] > forms[i].lead_max)
			continue;
		if (forms[i].len > left)
			return 0;
		if (forms[i].len > 1 &&
		    (p[1] < forms[i].next_min || p[1] > forms[i].next_max))
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

bool
str_is_utf8(struct slice s)
{
	size_t step;

	for (size_t i = 0; i < s.len; i += step) {
		step = utf8_len(s.ptr + i, s.len - i);
		if (step == 0)
			return false;
	}
	return true;
}

/* C0, DEL and C1 (which in UTF-8 is C2 80 .. C2 9F) move terminals. */
static bool
is_control(const uint8_t *p, size_t len)
{
	if (len == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	return len == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

char *
str_printable(struct slice s)
{
	char *out = mem_alloc(s.len * 4 + 1), *at = out;
	size_t step;

	for (size_t i = 0; i < s.len; i += step) {
		step = utf8_len(s.ptr + i, s.len - i);
		if (step > 0 && !is_control(s.ptr + i, step)) {
			memcpy(at, s.ptr + i, step);
			at += step;
			continue;
		}
		step = 1;
		if (s.ptr[i] == '\n')
			at += sprintf(at, "\\n");
		else
			at += sprintf(at, "\\x%02x", s.ptr[i]);
	}
	*at = '\0';
	return out;
}

void
str_list_add(struct str_list *list, const char *s)
{
	str_list_own(list, mem_strdup(s));
}

void
str_list_own(struct str_list *list, char *s)
{
	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n++] = s;
}

bool
str_list_has(const struct str_list *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], s) == 0)
			return true;
	return false;
}

void
str_list_copy(struct str_list *to, const struct str_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		str_list_add(to, from->items[i]);
}

void
str_list_merge(struct str_list *list, const struct str_list *more)
{
	for (size_t i = 0; i < more->n; i++)
		if (!str_list_has(list, more->items[i]))
			str_list_add(list, more->items[i]);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
str_list_sort(struct str_list *list)
{
	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), compare);
}

char *
str_list_join(const struct str_list *list, const char *sep)
{
	size_t len = 1, sep_len = strlen(sep);
	char *out, *at;

	for (size_t i = 0; i < list->n; i++)
		len += strlen(list->items[i]) + sep_len;
	out = mem_alloc(len);
	at = out;
	*at = '\0';
	for (size_t i = 0; i < list->n; i++)
		at += sprintf(at, "%s%s", i == 0 ? "" : sep, list->items[i]);
	return out;
}

void
str_list_clear(struct str_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct str_list){ 0 };
}

void
str_map_set(struct str_map *map, const char *key, const char *value)
{
	for (size_t i = 0; i < map->n; i++) {
		if (strcmp(map->items[i].key, key) != 0)
			continue;
		free(map->items[i].value);
		map->items[i].value = mem_strdup(value);
		return;
	}
	str_map_add(map, key, value);
}

void
str_map_add(struct str_map *map, const char *key, const char *value)
{
	map->items =
	    mem_grow(map->items, map->n, &map->cap, sizeof(*map->items));
	map->items[map->n].key = mem_strdup(key);
	map->items[map->n].value = mem_strdup(value);
	map->n++;
}

const char *
str_map_get(const struct str_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->items[i].key, key) == 0)
			return map->items[i].value;
	return NULL;
}

void
str_map_copy(struct str_map *to, const struct str_map *from)
{
	assert(to->n == 0);
	for (size_t i = 0; i < from->n; i++)
		str_map_add(to, from->items[i].key, from->items[i].value);
}

void
str_map_clear(struct str_map *map)
{
	for (size_t i = 0; i < map->n; i++) {
		free(map->items[i].key);
		free(map->items[i].value);
	}
	free(map->items);
	*map = (struct str_map){ 0 };
}

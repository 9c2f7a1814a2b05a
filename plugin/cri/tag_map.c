/* The map of tags, and its file. */
#include "cri/tag_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"
#include "image/reference.h"

#define FILE_MAX (32u << 20)

/* So many lines that mean nothing any more, and it is written anew. */
#define STALE_MAX 1000

struct tag_map {
	struct tag_entry *items; /* sorted by tag */
	size_t n, cap;
	size_t age;
	char *path; /* or NULL */
	int fd;
	size_t lines; /* of the file */
};

/* Where the tag stands, or would. */
static size_t
place_of(const struct tag_map *m, const char *tag)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t at = low + (high - low) / 2;

		if (strcmp(m->items[at].tag, tag) < 0)
			low = at + 1;
		else
			high = at;
	}
	return low;
}

static bool
is_at(const struct tag_map *m, size_t at, const char *tag)
{
	return at < m->n && strcmp(m->items[at].tag, tag) == 0;
}

static void
entry_clear(struct tag_entry *e)
{
	free(e->tag);
	free(e->digest);
	free(e->id);
}

static void
take_out(struct tag_map *m, size_t at)
{
	entry_clear(&m->items[at]);
	m->n--;
	memmove(&m->items[at], &m->items[at + 1],
	    (m->n - at) * sizeof(*m->items));
}

static void
forget_oldest(struct tag_map *m)
{
	size_t oldest = 0;

	for (size_t i = 1; i < m->n; i++)
		if (m->items[i].age < m->items[oldest].age)
			oldest = i;
	take_out(m, oldest);
}

static void
set(struct tag_map *m, const char *tag, const char *digest, const char *id)
{
	size_t at = place_of(m, tag);

	if (is_at(m, at, tag))
		take_out(m, at);
	if (m->n == TAG_MAP_MAX) {
		forget_oldest(m);
		at = place_of(m, tag);
	}
	m->items = mem_grow(m->items, m->n, &m->cap, sizeof(*m->items));
	memmove(&m->items[at + 1], &m->items[at],
	    (m->n - at) * sizeof(*m->items));
	m->items[at] = (struct tag_entry){ mem_strdup(tag), mem_strdup(digest),
		mem_strdup_null(id), m->age++ };
	m->n++;
}

/* A line of the file; without a digest the tag is forgotten. */
static char *
line_of(const char *tag, const char *digest, const char *id)
{
	AUTO(json) struct json *j = json_new_object();
	AUTO(str) char *text = NULL;

	json_set_text(j, "tag", tag);
	json_set_text(j, "digest", digest);
	json_set_text(j, "id", id);
	text = json_print(j, false);
	return str_printf("%s\n", text);
}

static void
complain(const struct tag_map *m, const char *what)
{
	log_line(LOG_WARN, "tags: cannot %s %s: %s", what, m->path,
	    strerrordesc_np(errno));
}

static void
open_file(struct tag_map *m)
{
	m->fd = open(m->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (m->fd < 0)
		complain(m, "open");
}

/* All of it in a new file, which takes the old one's place. */
static void
write_anew(struct tag_map *m)
{
	AUTO(buf) struct buf text = buf_with_max(FILE_MAX);

	for (size_t i = 0; i < m->n; i++) {
		AUTO(str)
		char *line = line_of(m->items[i].tag, m->items[i].digest,
		    m->items[i].id);

		if (buf_puts(&text, line) < 0)
			return;
	}
	fd_close(&m->fd);
	if (file_replace(m->path, buf_slice(&text)) < 0)
		complain(m, "write");
	m->lines = m->n;
	open_file(m);
}

static void
append(struct tag_map *m, const char *tag, const char *digest, const char *id)
{
	AUTO(str) char *line = line_of(tag, digest, id);

	if (m->fd < 0)
		return;
	/* One write a line: with O_APPEND those of two processes do not mix. */
	if (write(m->fd, line, strlen(line)) != (ssize_t)strlen(line)) {
		complain(m, "write");
		fd_close(&m->fd);
		return;
	}
	if (++m->lines > m->n + STALE_MAX)
		write_anew(m);
}

/* As this program would have written it, and nothing else. */
static bool
is_normal(const char *tag)
{
	AUTO(reference) struct reference *ref = NULL;
	struct err ignored;

	return reference_parse(slice_str(tag), &ref, &ignored) == 0 &&
	       ref->digest == NULL && strcmp(ref->text, tag) == 0;
}

static void
read_line(struct tag_map *m, struct slice line)
{
	AUTO(json) struct json *j = NULL;
	struct err ignored;
	const char *tag, *digest;

	if (json_parse(line, &j, &ignored) < 0)
		return;
	tag = json_get_text(j, "tag");
	digest = json_get_text(j, "digest");
	if (tag == NULL || !is_normal(tag))
		return;
	if (digest != NULL && digest_is_valid(digest))
		set(m, tag, digest, json_get_text(j, "id"));
	else if (is_at(m, place_of(m, tag), tag))
		take_out(m, place_of(m, tag));
}

static void
read_file(struct tag_map *m)
{
	AUTO(buf) struct buf text = buf_with_max(FILE_MAX);
	struct slice rest;
	struct err ignored;

	if (file_read(m->path, FILE_MAX, &text, &ignored) < 0)
		return;
	rest = buf_slice(&text);
	while (rest.len > 0) {
		const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end == NULL ? rest.len : (size_t)(end - rest.ptr);

		read_line(m, slice_of(rest.ptr, len));
		m->lines++;
		len += end != NULL;
		rest = slice_of(rest.ptr + len, rest.len - len);
	}
}

struct tag_map *
tag_map_open(const char *path)
{
	struct tag_map *m = MEM_NEW(struct tag_map);

	m->fd = -1;
	m->path = mem_strdup_null(path);
	if (path == NULL)
		return m;
	read_file(m);
	if (m->lines > m->n)
		write_anew(m);
	else
		open_file(m);
	return m;
}

void
tag_map_close(struct tag_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		entry_clear(&m->items[i]);
	fd_close(&m->fd);
	free(m->items);
	free(m->path);
	free(m);
}

size_t
tag_map_count(const struct tag_map *m)
{
	return m->n;
}

const struct tag_entry *
tag_map_get(const struct tag_map *m, const char *tag)
{
	size_t at = place_of(m, tag);

	return is_at(m, at, tag) ? &m->items[at] : NULL;
}

void
tag_map_put(struct tag_map *m, const char *tag, const char *digest,
    const char *id)
{
	const struct tag_entry *old = tag_map_get(m, tag);

	if (old != NULL && strcmp(old->digest, digest) == 0 &&
	    str_equal_null(old->id, id))
		return;
	set(m, tag, digest, id);
	append(m, tag, digest, id);
}

void
tag_map_drop(struct tag_map *m, const char *tag)
{
	size_t at = place_of(m, tag);

	if (!is_at(m, at, tag))
		return;
	take_out(m, at);
	append(m, tag, NULL, NULL);
}

/* "registry/app@sha256:…", of an entry's repository and digest? */
static bool
is_pinned_name(const struct tag_entry *e, const char *name)
{
	const char *at = strchr(name, '@');
	size_t len = at == NULL ? 0 : (size_t)(at - name);

	return at != NULL && strcmp(at + 1, e->digest) == 0 &&
	       strncmp(e->tag, name, len) == 0 && e->tag[len] == ':';
}

void
tag_map_drop_image(struct tag_map *m, const char *name)
{
	for (size_t i = m->n; i > 0; i--) {
		const struct tag_entry *e = &m->items[i - 1];
		AUTO(str) char *tag = NULL;

		if (!str_equal_null(e->id, name) && strcmp(e->tag, name) != 0 &&
		    !is_pinned_name(e, name))
			continue;
		tag = mem_strdup(e->tag);
		take_out(m, i - 1);
		append(m, tag, NULL, NULL);
	}
}

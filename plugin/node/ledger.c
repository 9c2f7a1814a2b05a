/* What was written, in node.json. */
#include "node/ledger.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "image/digest.h"
#include "node/root.h"

#define LEDGER_VERSION 1

static void
file_clear(struct ledger_file *file)
{
	free(file->path);
	free(file->hash);
	free(file->previous);
}

void
ledger_clear(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		file_clear(&l->files[i]);
	free(l->files);
	str_list_clear(&l->dirs);
	free(l->unit);
	*l = (struct ledger){ 0 };
}

struct ledger_file *
ledger_find(const struct ledger *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->files[i].path, path) == 0)
			return &l->files[i];
	return NULL;
}

static struct ledger_file *
add(struct ledger *l, const char *path)
{
	l->files = mem_grow(l->files, l->n, &l->cap, sizeof(*l->files));
	l->files[l->n] = (struct ledger_file){ .path = mem_strdup(path) };
	return &l->files[l->n++];
}

void
ledger_note(struct ledger *l, const char *path, const char *holds,
    const char *hash)
{
	struct ledger_file *file = ledger_find(l, path);

	if (file == NULL)
		file = add(l, path);
	free(file->previous);
	free(file->hash);
	file->previous = mem_strdup_null(holds);
	file->hash = mem_strdup(hash);
}

void
ledger_settle(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->files[i].previous);
		l->files[i].previous = NULL;
	}
}

static int
refuse(struct err *e, const char *what)
{
	return err_set(e, ERR_MALFORMED, LEDGER_PATH ": %s", what);
}

/* Paths of it are removed as they stand. */
static bool
is_plain_path(const char *path)
{
	return path != NULL && path[0] == '/' && strstr(path, "/../") == NULL &&
	       !str_ends(path, "/..");
}

static bool
is_digest(const char *text)
{
	return text != NULL && digest_is_valid(text);
}

static int
read_file(const struct json *j, struct ledger *ret, struct err *e)
{
	const char *path = json_get_text(j, "path");
	const char *hash = json_get_text(j, "sha256");
	const char *previous = json_get_text(j, "previous");
	struct ledger_file *file;

	if (!is_plain_path(path) || !is_digest(hash) ||
	    (previous != NULL && !is_digest(previous)))
		return refuse(e, "a file without path or sha256");
	file = add(ret, path);
	file->hash = mem_strdup(hash);
	file->previous = mem_strdup_null(previous);
	return 0;
}

static int
read_document(const struct json *j, struct ledger *ret, struct err *e)
{
	const struct json *files = json_get(j, "files");
	const struct json *dirs = json_get(j, "directories");
	int64_t version;

	if (!json_int(json_get(j, "version"), &version) ||
	    version != LEDGER_VERSION)
		return refuse(e, "not of this version of pullgate");
	for (size_t i = 0; i < json_count(files); i++)
		if (read_file(json_at(files, i), ret, e) < 0)
			return -1;
	for (size_t i = 0; i < json_count(dirs); i++) {
		const char *dir = json_text(json_at(dirs, i));

		if (!is_plain_path(dir))
			return refuse(e, "a directory without its path");
		str_list_add(&ret->dirs, dir);
	}
	ret->unit = mem_strdup_null(json_get_text(j, "unit"));
	ret->reload = json_is_yes(json_get(j, "reload"));
	ret->create_gate = json_is_yes(json_get(j, "createGate"));
	return 0;
}

int
ledger_read(const char *root, struct ledger *ret, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(json) struct json *j = NULL;

	if (root_read_text(root, LEDGER_PATH, &text, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	if (json_parse(buf_slice(&text), &j, e) < 0)
		return err_wrap(e, LEDGER_PATH);
	ret->exists = true;
	return read_document(j, ret, e);
}

static struct json *
file_json(const struct ledger_file *file)
{
	struct json *j = json_new_object();

	json_set_text(j, "path", file->path);
	json_set_text(j, "sha256", file->hash);
	if (file->previous != NULL)
		json_set_text(j, "previous", file->previous);
	return j;
}

static struct json *
document(const struct ledger *l)
{
	struct json *j = json_new_object();
	struct json *files = json_new_array(), *dirs = json_new_array();

	for (size_t i = 0; i < l->n; i++)
		json_add(files, file_json(&l->files[i]));
	for (size_t i = 0; i < l->dirs.n; i++)
		json_add(dirs, json_new_text(l->dirs.items[i]));
	json_set_integer(j, "version", LEDGER_VERSION);
	json_set(j, "files", files);
	json_set(j, "directories", dirs);
	json_set_text(j, "unit", l->unit);
	json_set(j, "reload", json_new_bool(l->reload));
	json_set(j, "createGate", json_new_bool(l->create_gate));
	return j;
}

int
ledger_write(const char *root, const struct ledger *l, struct err *e)
{
	AUTO(json) struct json *j = document(l);
	AUTO(str) char *text = json_print(j, true);
	AUTO(str) char *line = str_printf("%s\n", text);

	return root_write(root, LEDGER_PATH, line, e);
}

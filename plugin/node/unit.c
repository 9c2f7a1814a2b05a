/* Units of systemd (systemd.unit(5), "Unit File Load Path"). */
#include "node/unit.h"

#include <string.h>

#include "base/mem.h"
#include "node/root.h"
#include "node/words.h"

/* The first that has a file wins. */
static const char *const places[] = {
	"/etc/systemd/system",
	"/run/systemd/system",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
};

void
unit_clear(struct unit *u)
{
	free(u->name);
	free(u->path);
	free(u->exec_from);
	str_list_clear(&u->exec);
	str_list_clear(&u->files);
	str_map_clear(&u->env);
	*u = (struct unit){ 0 };
}

/* "NAME=value", of which the value is the rest of the words. */
static void
set_pair(struct unit *u, char *pair)
{
	char *equals = strchr(pair, '=');

	if (equals == NULL)
		return;
	*equals = '\0';
	str_map_set(&u->env, pair, equals + 1);
}

static int
take_environment(struct unit *u, const char *value, struct err *e)
{
	AUTO(str_list) struct str_list words = { 0 };

	if (*value == '\0') {
		str_map_clear(&u->env);
		return 0;
	}
	if (words_split(value, NULL, &words, e) < 0)
		return -1;
	for (size_t i = 0; i < words.n; i++)
		set_pair(u, words.items[i]);
	return 0;
}

/* An empty value takes back those before. */
static void
take_listed(struct str_list *list, const char *value)
{
	if (*value == '\0')
		str_list_clear(list);
	else
		str_list_add(list, value);
}

static int
take_setting(struct unit *u, const char *path, const char *key,
    const char *value, struct err *e)
{
	if (strcmp(key, "Environment") == 0)
		return take_environment(u, value, e);
	if (strcmp(key, "EnvironmentFile") == 0)
		take_listed(&u->files, value);
	if (strcmp(key, "ExecStart") != 0)
		return 0;
	take_listed(&u->exec, value);
	free(u->exec_from);
	u->exec_from = mem_strdup(path);
	return 0;
}

static void
cut_end(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		s[--len] = '\0';
}

static int
take_line(struct unit *u, const char *path, char *line, struct err *e)
{
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return 0;
	*equals = '\0';
	cut_end(line);
	return take_setting(u, path, line,
	    equals + 1 + strspn(equals + 1, " \t"), e);
}

static int
read_file(const char *root, struct unit *u, const char *path, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	bool service = false;
	const char *p;
	char *next;

	if (root_read_text(root, path, &text, e) < 0)
		return -1;
	p = buf_text(&text);
	while ((next = words_next_line(&p)) != NULL) {
		AUTO(str) char *line = next;

		if (line[0] == '[')
			service = strcmp(line, "[Service]") == 0;
		else if (service && take_line(u, path, line, e) < 0)
			return err_wrap(e, "%s", path);
	}
	return 0;
}

/* Drop-ins by their names; a name that stands in several places is read in the
 * first. */
static void
add_drop_ins(const char *root, const char *dir, const char *skip,
    struct str_map *ret)
{
	AUTO(str_list) struct str_list names = { 0 };

	root_names(root, dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		AUTO(str) char *path = str_printf("%s/%s", dir, names.items[i]);

		if (str_ends(names.items[i], ".conf") &&
		    !str_equal_null(path, skip) &&
		    str_map_get(ret, names.items[i]) == NULL)
			str_map_set(ret, names.items[i], path);
	}
}

static int
read_drop_ins(const char *root, struct unit *u, const char *skip, struct err *e)
{
	AUTO(str_map) struct str_map found = { 0 };
	AUTO(str_list) struct str_list names = { 0 };

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		AUTO(str) char *dir = str_printf("%s/%s.d", places[i], u->name);

		add_drop_ins(root, dir, skip, &found);
	}
	for (size_t i = 0; i < found.n; i++)
		str_list_add(&names, found.items[i].key);
	str_list_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		const char *path = str_map_get(&found, names.items[i]);

		if (!root_is_null(root, path) &&
		    read_file(root, u, path, e) < 0)
			return -1;
	}
	return 0;
}

/* What stands in these counts more than Environment=.  One with a '-' before it
 * need not be there. */
static int
read_environment_file(const char *root, struct unit *u, const char *path,
    struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	bool optional = path[0] == '-';
	const char *p;
	char *next;

	if (root_read_text(root, path + optional, &text, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	p = buf_text(&text);
	while ((next = words_next_line(&p)) != NULL) {
		AUTO(str) char *line = next;
		AUTO(str_list) struct str_list words = { 0 };
		AUTO(str) char *pair = NULL;

		if (words_split(line, NULL, &words, e) < 0)
			return err_wrap(e, "%s", path + optional);
		pair = str_list_join(&words, " ");
		set_pair(u, pair);
	}
	return 0;
}

/* A link to /dev/null says: as if it were not there. */
static char *
find_file(const char *root, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		AUTO(str) char *path = str_printf("%s/%s", places[i], name);

		if (root_has(root, path) || root_is_null(root, path))
			return TAKE(path);
	}
	return NULL;
}

int
unit_read(const char *root, const char *name, const char *skip,
    struct unit *ret, struct err *e)
{
	ret->name = mem_strdup(name);
	ret->path = find_file(root, name);
	if (ret->path == NULL || root_is_null(root, ret->path))
		return err_set(e, ERR_NOT_FOUND, "there is no unit %s", name);
	if (read_file(root, ret, ret->path, e) < 0 ||
	    read_drop_ins(root, ret, skip, e) < 0)
		return -1;
	for (size_t i = 0; i < ret->files.n; i++)
		if (read_environment_file(root, ret, ret->files.items[i], e) <
		    0)
			return -1;
	return 0;
}

int
unit_words(const struct unit *u, struct str_list *ret, struct err *e)
{
	if (u->exec.n != 1)
		return err_set(e, ERR_CONFIG,
		    "%s has %zu commands in ExecStart=", u->name, u->exec.n);
	/* What may stand before the program: "-", "@", ":", "+", "!". */
	if (words_split(u->exec.items[0] + strspn(u->exec.items[0], "-@:+!"),
		&u->env, ret, e) < 0)
		return err_wrap(e, "%s: ExecStart=", u->exec_from);
	return 0;
}

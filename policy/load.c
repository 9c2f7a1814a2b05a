/* From paths to a set of policies: files, directories, ConfigMap mounts. */
#include "policy/load.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "policy/document.h"
#include "policy/exemption.h"

/* Links can make a few directories look like very many. */
#define DIRECTORIES_MAX 1000

/* A path: what it is and where it leads. */
struct walk {
	struct str_list files;
	struct str_list directories; /* still to be read, on this level */
	struct str_list deeper;      /* on the next */
	size_t seen;
	struct diag *d;
};

static void
walk_clear(struct walk *w)
{
	str_list_clear(&w->files);
	str_list_clear(&w->directories);
	str_list_clear(&w->deeper);
}
DEFINE_AUTO_INPLACE(walk, struct walk, walk_clear);

static void
close_directory(DIR *dir)
{
	if (dir != NULL)
		(void)closedir(dir);
}
DEFINE_AUTO(directory, DIR *, close_directory);

/* A complaint about a file as a whole. */
static int
complain(struct diag *d, const char *path, const char *message)
{
	struct diag_pos pos = { path, 0, 0 };

	return diag_add(d, pos, "%s", message);
}

static bool
is_policy_name(const char *name)
{
	return str_ends(name, ".yaml") || str_ends(name, ".yml");
}

/* Takes path over.  Links are followed: a ConfigMap's mount is made of them. */
static int
walk_add(struct walk *w, char *path, bool named)
{
	AUTO(str) char *owned = path;
	struct stat st;

	if (stat(owned, &st) < 0)
		return complain(w->d, owned, strerrordesc_np(errno));
	if (S_ISDIR(st.st_mode))
		str_list_own(named ? &w->directories : &w->deeper, TAKE(owned));
	else if (!named && !is_policy_name(owned))
		return 0;
	else if (!S_ISREG(st.st_mode))
		return complain(w->d, owned,
		    "is neither a regular file nor a directory");
	else if (w->files.n == POLICY_FILES_MAX)
		return complain(w->d, owned, "too many policy files");
	else
		str_list_own(&w->files, TAKE(owned));
	return 0;
}

static int
read_directory(struct walk *w, const char *path)
{
	AUTO(directory) DIR *dir = opendir(path);
	int bad = 0;

	if (dir == NULL)
		return complain(w->d, path, strerrordesc_np(errno));
	if (++w->seen > DIRECTORIES_MAX)
		return complain(w->d, path, "too many directories");
	for (;;) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL && errno != 0)
			return complain(w->d, path, strerrordesc_np(errno));
		if (entry == NULL)
			return bad;
		if (entry->d_name[0] != '.')
			bad |= walk_add(w,
			    str_printf("%s/%s", path, entry->d_name), false);
	}
}

/* Level by level, so that hostile nesting costs no stack. */
static int
read_directories(struct walk *w)
{
	int bad = 0;

	for (unsigned depth = 0; w->directories.n > 0; depth++) {
		if (depth > POLICY_DEPTH_MAX)
			return complain(w->d, w->directories.items[0],
			    "directories are nested too deeply");
		for (size_t i = 0; i < w->directories.n; i++)
			bad |= read_directory(w, w->directories.items[i]);
		str_list_clear(&w->directories);
		w->directories = w->deeper;
		w->deeper = (struct str_list){ 0 };
		if (w->seen > DIRECTORIES_MAX)
			return -1;
	}
	return bad;
}

static int
load_file(const char *path, struct policy_set *set, struct diag *d)
{
	AUTO(buf) struct buf text = buf_with_max(YAML_SIZE_MAX);
	AUTO(yaml) struct yaml_file *file = NULL;
	struct err e = { 0 };
	int bad = 0;

	if (file_read(path, YAML_SIZE_MAX, &text, &e) < 0)
		return complain(d, path, e.msg);
	if (yaml_parse(buf_slice(&text), policy_set_file(set, path), &file, d) <
	    0)
		return -1;
	for (size_t i = 0; i < yaml_doc_count(file); i++)
		bad |= document_read(yaml_doc_root(file, i), set, d);
	return bad;
}

int
policy_files(const char *path, struct str_list *ret, struct diag *d)
{
	AUTO(walk) struct walk w = { .d = d };
	char *copy = mem_strdup(path);
	int bad;

	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	bad = walk_add(&w, copy, true) | read_directories(&w);
	str_list_sort(&w.files);
	for (size_t i = 0; i < w.files.n; i++)
		str_list_add(ret, w.files.items[i]);
	return bad;
}

static int
load_path(const char *path, struct policy_set *set, struct diag *d)
{
	AUTO(str_list) struct str_list files = { 0 };
	int bad = policy_files(path, &files, d);

	for (size_t i = 0; i < files.n; i++)
		bad |= load_file(files.items[i], set, d);
	return bad;
}

static int
check_names(const struct policy_set *set, struct diag *d)
{
	int bad = 0;

	for (size_t i = 1; i < set->n; i++) {
		const struct policy *a = set->items[i - 1], *b = set->items[i];

		if (strcmp(a->name, b->name) == 0)
			bad = diag_add(d, b->pos,
			    "there is another policy \"%s\" at %s:%u:%u",
			    b->name, a->pos.file, a->pos.line, a->pos.column);
	}
	return bad;
}

int
policy_load(const char *const *paths, size_t n, int64_t now,
    struct policy_set **ret, struct diag *d)
{
	AUTO(policy_set) struct policy_set *set = MEM_NEW(struct policy_set);
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= load_path(paths[i], set, d);
	bad |= policy_set_finish(set, d);
	bad |= check_names(set, d);
	bad |= policy_exemptions_check(set, now, d);
	if (bad < 0)
		return -1;
	*ret = TAKE(set);
	return 0;
}

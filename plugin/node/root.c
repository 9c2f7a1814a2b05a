/* Paths of a node, wherever its file system is. */
#include "node/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

bool
root_is_own(const char *root)
{
	return strcmp(root, "/") == 0;
}

/* Take the first name off a path; NULL at its end. */
static char *
take_name(char **rest)
{
	char *start = *rest + strspn(*rest, "/"), *name;
	size_t len = strcspn(start, "/");

	if (len == 0)
		return NULL;
	name = mem_strndup(start, len);
	*rest = start + len;
	return name;
}

static void
drop_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

/* The link's text, or NULL if the path is none. */
static char *
link_of(const char *full)
{
	char text[PATH_MAX];
	ssize_t n = readlink(full, text, sizeof(text));

	return n <= 0 || (size_t)n >= sizeof(text)
		   ? NULL
		   : mem_strndup(text, (size_t)n);
}

/* Is it root's, so that nobody else says what is there?  Of a link the mode says
 * nothing; what is not there will be made by us. */
static int
check_owner(const char *full, const char *path, struct err *e)
{
	struct stat st;

	if (lstat(full, &st) < 0)
		return errno == ENOENT
			   ? 0
			   : err_errno(e, errno, "cannot look at %s", path);
	if (st.st_uid != 0)
		return err_set(e, ERR_DENIED,
		    "%s belongs to user %u, and nothing is written below it",
		    path, (unsigned)st.st_uid);
	if (S_ISLNK(st.st_mode))
		return 0;
	if ((st.st_mode & S_IWOTH) != 0 ||
	    ((st.st_mode & S_IWGRP) != 0 && st.st_gid != 0))
		return err_set(e, ERR_DENIED,
		    "others than root may write to %s (mode %04o), and nothing is written below it",
		    path, (unsigned)st.st_mode & 07777);
	return 0;
}

/* A way through the root, name by name. */
struct walk {
	const char *root; /* "" for this machine's own */
	bool check;       /* each step by check_owner() */
	int links;        /* that were followed */
	char *at;         /* where it has come to, "" or "/a/b" */
	char *left, *rest;
};

static void
walk_clear(struct walk *w)
{
	free(w->at);
	free(w->left);
}

DEFINE_AUTO_INPLACE(walk, struct walk, walk_clear);

/* A link that begins with '/' stays below the root. */
static void
walk_into(struct walk *w, const char *link)
{
	char *more = str_printf("%s/%s", link, w->rest);

	free(w->left);
	w->left = w->rest = more;
	if (link[0] == '/')
		w->at[0] = '\0';
}

/* 1 after a step, 0 at the end. */
static int
walk_on(struct walk *w, struct err *e)
{
	AUTO(str) char *part = take_name(&w->rest);
	AUTO(str) char *next = NULL, *full = NULL, *link = NULL;

	if (part == NULL)
		return 0;
	if (strcmp(part, ".") == 0)
		return 1;
	if (strcmp(part, "..") == 0) {
		drop_last(w->at);
		return 1;
	}
	next = str_printf("%s/%s", w->at, part);
	full = str_printf("%s%s", w->root, next);
	if (w->check && check_owner(full, next, e) < 0)
		return -1;
	link = link_of(full);
	/* Left to the kernel it could lead out. */
	if (link != NULL && w->links++ >= ROOT_LINKS_MAX)
		return err_set(e, ERR_LIMIT, "%s: too many links", next);
	if (link != NULL) {
		walk_into(w, link);
		return 1;
	}
	free(w->at);
	w->at = TAKE(next);
	return 1;
}

static int
walk_all(struct walk *w, const char *path, struct err *e)
{
	int r;

	w->at = mem_strdup("");
	w->left = w->rest = mem_strdup(path);
	while ((r = walk_on(w, e)) > 0)
		continue;
	return r;
}

/* As the kernel would after chroot(2). */
char *
root_path(const char *root, const char *path)
{
	AUTO(walk) struct walk w = { .root = root };
	struct err ignored;

	if (root_is_own(root))
		return str_printf("%s%s", path[0] == '/' ? "" : "/", path);
	if (walk_all(&w, path, &ignored) < 0)
		return mem_strdup(ROOT_NOWHERE);
	return str_printf("%s%s", root, w.at);
}

int
root_check_owners(const char *root, const char *path, struct err *e)
{
	AUTO(walk)
	struct walk w = { .root = root_is_own(root) ? "" : root,
		.check = true };

	return walk_all(&w, path, e);
}

int
root_read(const char *root, const char *path, struct buf *ret, struct err *e)
{
	AUTO(str) char *full = root_path(root, path);

	if (access(full, F_OK) < 0)
		return err_set(e, ERR_NOT_FOUND, "%s is not there", path);
	return file_read(full, ROOT_FILE_MAX, ret, e);
}

int
root_read_text(const char *root, const char *path, struct buf *ret,
    struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(ROOT_FILE_MAX);

	if (root_read(root, path, &text, e) < 0)
		return -1;
	if (slice_has_nul(buf_slice(&text)))
		return err_set(e, ERR_MALFORMED, "%s is no text", path);
	buf_clear(ret);
	*ret = text;
	text = buf_with_max(0);
	return 0;
}

/* A name that was written must not be lost before what is written after it. */
static bool
settle(const char *path)
{
	AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

	return fd >= 0 && fsync(fd) == 0;
}

int
root_write(const char *root, const char *path, const char *text, struct err *e)
{
	AUTO(str) char *full = root_path(root, path);
	AUTO(str) char *dir = mem_strdup(full);

	drop_last(dir);
	if (file_replace_as(full, slice_str(text), 0644) < 0 || !settle(dir))
		return err_errno(e, errno, "cannot write %s", path);
	return 0;
}

bool
root_has(const char *root, const char *path)
{
	AUTO(str) char *full = root_path(root, path);

	return access(full, F_OK) == 0;
}

bool
root_is_null(const char *root, const char *path)
{
	AUTO(str) char *full = root_path(root, path);
	AUTO(str) char *real = root_is_own(root) ? realpath(full, NULL) : NULL;
	AUTO(str) char *null = str_printf("%s/dev/null", root);

	if (root_is_own(root))
		return str_equal_null(real, "/dev/null");
	return strcmp(full, null) == 0;
}

bool
root_is_dir(const char *root, const char *path)
{
	AUTO(str) char *full = root_path(root, path);
	struct stat st;

	return stat(full, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
root_is_link(const char *root, const char *path)
{
	AUTO(str) char *dir = mem_strdup(path);
	const char *slash = strrchr(path, '/');
	AUTO(str) char *above = NULL, *full = NULL;
	struct stat st;

	if (slash == NULL || slash[1] == '\0')
		return false;
	drop_last(dir);
	above = root_path(root, dir);
	full = str_printf("%s%s", above, slash);
	return lstat(full, &st) == 0 && S_ISLNK(st.st_mode);
}

static void
list_names(const char *root, const char *dir, bool dots, struct str_list *ret)
{
	AUTO(str) char *full = root_path(root, dir);
	DIR *d = opendir(full);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] != '.' ||
		    (dots && strcmp(name, ".") != 0 && strcmp(name, "..") != 0))
			str_list_add(ret, name);
	}
	if (d != NULL)
		(void)closedir(d);
	str_list_sort(ret);
}

void
root_names(const char *root, const char *dir, struct str_list *ret)
{
	list_names(root, dir, false, ret);
}

void
root_all_names(const char *root, const char *dir, struct str_list *ret)
{
	list_names(root, dir, true, ret);
}

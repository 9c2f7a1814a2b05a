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
link_of(const char *root, const char *path)
{
	AUTO(str) char *full = str_printf("%s%s", root, path);
	char text[PATH_MAX];
	ssize_t n = readlink(full, text, sizeof(text));

	return n <= 0 || (size_t)n >= sizeof(text)
		   ? NULL
		   : mem_strndup(text, (size_t)n);
}

/* As the kernel would after chroot(2): a link that begins with '/' stays below
 * the root, and ".." does not lead out of it. */
char *
root_path(const char *root, const char *path)
{
	AUTO(str) char *left = mem_strdup(path);
	AUTO(str) char *at = mem_strdup("");
	char *rest = left, *name;
	int links = 0;

	if (root_is_own(root))
		return str_printf("%s%s", path[0] == '/' ? "" : "/", path);
	while ((name = take_name(&rest)) != NULL) {
		AUTO(str) char *part = name;
		AUTO(str) char *next = str_printf("%s/%s", at, part);
		AUTO(str) char *link = link_of(root, next);

		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			drop_last(at);
			continue;
		}
		/* Left to the kernel it could lead out. */
		if (link != NULL && links++ >= ROOT_LINKS_MAX)
			return mem_strdup(ROOT_NOWHERE);
		if (link != NULL) {
			char *more = str_printf("%s/%s", link, rest);

			free(left);
			left = rest = more;
			if (link[0] == '/')
				at[0] = '\0';
			continue;
		}
		free(at);
		at = TAKE(next);
	}
	return str_printf("%s%s", root, at);
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

/* What was written must not be lost before what is written after it. */
static bool
settle(const char *path)
{
	AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

int
root_write(const char *root, const char *path, const char *text, struct err *e)
{
	AUTO(str) char *full = root_path(root, path);
	AUTO(str) char *dir = mem_strdup(full);

	drop_last(dir);
	if (file_replace(full, slice_str(text)) < 0 || chmod(full, 0644) < 0 ||
	    !settle(full) || !settle(dir))
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

void
root_names(const char *root, const char *dir, struct str_list *ret)
{
	AUTO(str) char *full = root_path(root, dir);
	DIR *d = opendir(full);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			str_list_add(ret, entry->d_name);
	if (d != NULL)
		(void)closedir(d);
	str_list_sort(ret);
}

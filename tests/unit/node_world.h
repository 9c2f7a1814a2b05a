#ifndef TESTS_UNIT_NODE_WORLD_H
#define TESTS_UNIT_NODE_WORLD_H

/* Made-up nodes: a directory with files, compared with what it was. */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/digest.h"
#include "test.h"

/* A new one, empty; end it with node_remove(). */
static inline char *
node_new(void)
{
	char *root = mem_strdup("/tmp/pullgate-node-XXXXXX");

	if (mkdtemp(root) == NULL)
		abort();
	return root;
}

static inline int
node_remove_one(const char *path, const struct stat *st, int flag,
    struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

static inline void
node_remove(char *root)
{
	if (nftw(root, node_remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
	free(root);
}

DEFINE_AUTO(node, char *, node_remove);

static inline void
node_mkdir(const char *root, const char *path)
{
	for (const char *p = strchr(path + 1, '/');; p = strchr(p + 1, '/')) {
		AUTO(str)
		char *full = str_printf("%s%.*s", root,
		    p == NULL ? (int)strlen(path) : (int)(p - path), path);

		(void)mkdir(full, 0755);
		if (p == NULL)
			return;
	}
}

/* A file with this text, and the directories that lead to it. */
static inline void
node_put(const char *root, const char *path, const char *text)
{
	AUTO(str) char *full = str_printf("%s%s", root, path);
	AUTO(str)
	char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
	FILE *f;

	if (dir[0] != '\0')
		node_mkdir(root, dir);
	f = fopen(full, "we");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static inline void
node_link(const char *root, const char *path, const char *to)
{
	AUTO(str) char *full = str_printf("%s%s", root, path);
	AUTO(str)
	char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));

	if (dir[0] != '\0')
		node_mkdir(root, dir);
	if (symlink(to, full) < 0)
		abort();
}

/* The text of a file; "" if there is none.  The caller frees it. */
static inline char *
node_text(const char *root, const char *path)
{
	AUTO(str) char *full = str_printf("%s%s", root, path);
	AUTO(buf) struct buf text = buf_with_max(0);
	struct err ignored;

	if (file_read(full, 1u << 20, &text, &ignored) < 0)
		return mem_strdup("");
	return mem_strdup(buf_text(&text));
}

static struct str_list node_seen;
static size_t node_skip;

static inline int
node_see(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	char hash[DIGEST_TEXT_MAX] = "";
	struct err ignored;

	(void)at;
	if (flag == FTW_F && file_read(path, 1u << 20, &text, &ignored) == 0)
		digest_of(buf_slice(&text), hash);
	str_list_own(&node_seen,
	    str_printf("%s %o %s", path + node_skip, st->st_mode, hash));
	return 0;
}

/* Every path with mode and digest, to be compared.  The caller frees it. */
static inline char *
node_picture(const char *root)
{
	char *all;

	node_skip = strlen(root);
	if (nftw(root, node_see, 16, FTW_PHYS) != 0)
		abort();
	str_list_sort(&node_seen);
	all = str_list_join(&node_seen, "\n");
	str_list_clear(&node_seen);
	return all;
}

/* Does it hold this? */
#define CHECK_HAS(got_, want_)                                                 \
	do {                                                                   \
		const char *h_ = (got_), *n_ = (want_);                        \
		if (h_ == NULL || strstr(h_, n_) == NULL)                      \
			FAIL("%s is \"%s\", without \"%s\"", #got_,            \
			    h_ == NULL ? "(null)" : h_, n_);                   \
	} while (0)

#endif

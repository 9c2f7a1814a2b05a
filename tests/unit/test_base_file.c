/* Files replaced: what stands beside them is left alone. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node_world.h"

static mode_t
mode_of(const char *root, const char *path)
{
	AUTO(str) char *full = str_printf("%s%s", root, path);
	struct stat st = { 0 };

	CHECK(lstat(full, &st) == 0);
	return st.st_mode;
}

TEST(replaced_with_its_mode)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *full = str_printf("%s/f", root);
	AUTO(str) char *text = NULL;

	CHECK(file_replace(full, slice_str("1")) == 0);
	CHECK_INT(mode_of(root, "/f"), S_IFREG | 0600);
	CHECK(file_replace_as(full, slice_str("2"), 0644) == 0);
	CHECK_INT(mode_of(root, "/f"), S_IFREG | 0644);
	text = node_text(root, "/f");
	CHECK_STR(text, "2");
}

/* Who may write to the directory may put links under every name of before. */
TEST(links_are_not_followed)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *full = str_printf("%s/f", root);
	AUTO(str) char *beside = str_printf("/f.new.%d", (int)getpid());
	AUTO(str) char *text = NULL, *new = NULL;

	node_put(root, "/secret", "as it was");
	CHECK_INT(mode_of(root, "/secret"), S_IFREG | 0644);
	node_link(root, beside, "secret");
	node_link(root, "/f", "secret");
	CHECK(file_replace_as(full, slice_str("new"), 0600) == 0);
	text = node_text(root, "/secret");
	CHECK_STR(text, "as it was");
	CHECK_INT(mode_of(root, "/secret"), S_IFREG | 0644);
	CHECK_INT(mode_of(root, "/f"), S_IFREG | 0600);
	new = node_text(root, "/f");
	CHECK_STR(new, "new");
	CHECK_INT(mode_of(root, beside) & S_IFMT, S_IFLNK);
}

TEST(what_cannot_be_put_there_leaves_nothing)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *full = str_printf("%s/dir", root);
	AUTO(str) char *before = NULL, *after = NULL;

	node_put(root, "/dir/x", "");
	before = node_picture(root);
	CHECK(file_replace(full, slice_str("1")) < 0);
	CHECK_INT(errno, EISDIR);
	after = node_picture(root);
	CHECK_STR(after, before);
}

TEST_MAIN

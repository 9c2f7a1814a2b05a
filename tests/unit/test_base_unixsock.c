#include "base/unixsock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "test.h"

static char *
fresh_path(void)
{
	char dir[] = "/tmp/unixsock.XXXXXX";

	if (mkdtemp(dir) == NULL)
		abort();
	return str_printf("%s/s", dir);
}

static void
remove_all(const char *path)
{
	AUTO(str) char *dir = str_printf("%.*s", (int)strlen(path) - 2, path);

	(void)unlink(path);
	CHECK(rmdir(dir) == 0);
}

static int
listen_at(const char *path, int *ret, struct err *e)
{
	struct unixsock s = { .path = path,
		.mode = 0640,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1 };

	return unixsock_listen(&s, ret, e);
}

TEST(a_live_socket_stays_a_stale_one_goes)
{
	AUTO(str) char *path = fresh_path();
	AUTO(fd) int first = -1;
	AUTO(fd) int second = -1;
	struct stat st = { 0 };
	struct err e;

	CHECK_INT(unixsock_probe(path), ENOENT);
	CHECK_OK(listen_at(path, &first, &e), &e);
	CHECK(stat(path, &st) == 0);
	CHECK_INT(st.st_mode & 07777, 0640);
	CHECK_INT(unixsock_probe(path), 0);
	CHECK_ERR(listen_at(path, &second, &e), &e, ERR_CONFIG);
	CHECK_INT(second, -1);
	unixsock_remove(path);
	CHECK_INT(unixsock_probe(path), 0);

	fd_close(&first);
	CHECK_INT(unixsock_probe(path), ECONNREFUSED);
	CHECK_OK(listen_at(path, &second, &e), &e);
	fd_close(&second);
	unixsock_remove(path);
	CHECK_INT(unixsock_probe(path), ENOENT);
	remove_all(path);
}

TEST(a_socket_whose_backlog_is_full_is_live)
{
	AUTO(str) char *path = fresh_path();
	AUTO(fd) int fd = -1;
	struct err e;
	int probes = 0;

	CHECK_OK(listen_at(path, &fd, &e), &e);
	CHECK(listen(fd, 1) == 0);
	for (int i = 0; i < 10; i++)
		probes += unixsock_probe(path) == 0;
	CHECK_INT(probes, 10);
	fd_close(&fd);
	remove_all(path);
}

TEST(files_of_other_kinds_stay)
{
	AUTO(str) char *path = fresh_path();
	AUTO(fd) int fd = -1;
	struct err e;
	FILE *f = fopen(path, "w");

	CHECK(f != NULL && fclose(f) == 0);
	CHECK_ERR(listen_at(path, &fd, &e), &e, ERR_CONFIG);
	CHECK(access(path, F_OK) == 0);
	CHECK(unlink(path) == 0);
	CHECK(symlink("/nowhere", path) == 0);
	CHECK_ERR(listen_at(path, &fd, &e), &e, ERR_CONFIG);
	remove_all(path);
}

TEST(paths)
{
	AUTO(str) char *path = NULL;
	char longer[300];
	AUTO(fd) int fd = -1;
	struct err e;

	CHECK_OK(unixsock_path("unix:///a/b", &path, &e), &e);
	CHECK_STR(path, "/a/b");
	free(path);
	path = NULL;
	CHECK_ERR(unixsock_path("tcp://1", &path, &e), &e, ERR_CONFIG);
	CHECK_ERR(unixsock_path("unix://a", &path, &e), &e, ERR_CONFIG);
	CHECK(path == NULL);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	CHECK_ERR(listen_at(longer, &fd, &e), &e, ERR_CONFIG);
}

TEST_MAIN

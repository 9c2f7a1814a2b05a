/* A client before sockets where no runtime is. */
#include "cri/client.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "test.h"

static char path[64];
static int listener;

/* Accepts, says something that is no HTTP/2, and closes; until it is closed. */
static void *
nonsense(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		CHECK(send(fd, "nonsense\n", 9, MSG_NOSIGNAL) <= 9);
		(void)close(fd);
	}
	return NULL;
}

static pthread_t
start_nonsense(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	pthread_t thread;

	(void)snprintf(path, sizeof(path), "/tmp/pullgate-client-%d",
	    (int)getpid());
	(void)unlink(path);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(listen(listener, 8) == 0);
	CHECK(pthread_create(&thread, NULL, nonsense, NULL) == 0);
	return thread;
}

TEST(nobody_is_there)
{
	struct cri_client *client = NULL;
	struct err e;

	CHECK_ERR(cri_client_open("unix:///tmp/pullgate-none.sock", &client,
		      &e),
	    &e, ERR_NOT_FOUND);
	CHECK_STR(e.msg,
	    "nobody answers at /tmp/pullgate-none.sock: No such file or directory");
	CHECK_ERR(cri_client_open("tcp://127.0.0.1:1", &client, &e), &e,
	    ERR_CONFIG);
	CHECK(client == NULL);
}

TEST(somebody_else_is_there)
{
	pthread_t thread = start_nonsense();
	AUTO(str) char *name = NULL, *version = NULL;
	struct err e;
	AUTO(cri_outcome) struct cri_outcome said = { 0 };
	struct cri_client *client = NULL;

	CHECK_OK(cri_client_open(path, &client, &e), &e);
	CHECK_ERR(cri_client_version(client, &name, &version, &e), &e,
	    ERR_SYSTEM);
	CHECK(str_starts(e.msg, "Version is answered with 14 "));
	CHECK(name == NULL && version == NULL);
	cri_client_pull(client, "r.example.com/app:1", &said);
	CHECK_INT(said.code, 14);
	cri_client_close(client);
	(void)shutdown(listener, SHUT_RDWR);
	(void)pthread_join(thread, NULL);
	(void)close(listener);
	(void)unlink(path);
}

TEST_MAIN

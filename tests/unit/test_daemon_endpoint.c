#include "daemon/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "test.h"

TEST(addresses_on_this_machine)
{
	AUTO(endpoint) struct endpoint at = { 0 };
	static const char *const good[] = { "127.0.0.1:9461", "localhost:9461",
		"127.1.2.3:65535", "[::1]:1" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		printf("# %s\n", good[i]);
		CHECK_OK(endpoint_parse(good[i], &at, &e), &e);
		CHECK(at.path == NULL && at.len > 0);
	}
	CHECK_OK(endpoint_parse("unix:///run/m.sock", &at, &e), &e);
	CHECK_STR(at.path, "/run/m.sock");
}

TEST(all_others_are_refused)
{
	static const char *const bad[] = { "", "9461", ":9461", "0.0.0.0:9461",
		"10.0.0.1:9461", "[::]:9461", "[::1%lo]:1", "example.com:9461",
		"localhost", "localhost:", "localhost:0", "localhost:65536",
		"localhost:99999999999", "localhost:-1", "localhost:http",
		"127.0.0.1:1x", "127.1:80", "0x7f000001:80", "unix:m.sock",
		"unix://m.sock", "http://127.0.0.1:80", "::1:80" };
	struct err e;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct endpoint at = { 0 };

		printf("# %s\n", bad[i]);
		CHECK_ERR(endpoint_parse(bad[i], &at, &e), &e, ERR_CONFIG);
		CHECK(at.path == NULL && at.len == 0);
	}
}

TEST_MAIN

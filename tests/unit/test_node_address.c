/* Sockets by their names, and by what they are. */
#include "node/address.h"

#include "base/mem.h"
#include "node/root.h"
#include "node_world.h"

TEST(the_same_socket_under_several_names)
{
	static const struct {
		const char *a, *b;
		bool want;
	} rows[] = {
		{ "unix:///run/a.sock", "unix:///run/a.sock", true },
		{ "unix:///run/a.sock", "/run/a.sock", true },
		{ "unix:/run/a.sock", "unix:///var/run/a.sock", true },
		{ "/var/run/a.sock", "/run/b.sock", false },
		{ "unix:///run/a.sock", "unix:///run/a.sock2", false },
		{ "tcp://127.0.0.1:1", "tcp://127.0.0.1:1", false },
		{ "npipe:////./x", "unix:///run/a.sock", false },
		{ "unix:///run/link.sock", "unix:///run/real.sock", true },
		{ "unix:///run/link.sock", "unix:///run/other.sock", false },
		{ "unix:///run/gone.sock", "unix:///run/absent.sock", false },
	};
	AUTO(node) char *root = node_new();

	node_put(root, "/run/real.sock", "");
	node_put(root, "/run/other.sock", "");
	node_link(root, "/run/link.sock", "/run/real.sock");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (address_same(root, rows[i].a, rows[i].b) != rows[i].want)
			FAIL("%s and %s", rows[i].a, rows[i].b);
}

TEST(paths_stay_below_the_root)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "/etc/x", "/etc/x" },
		{ "etc/x", "/etc/x" },
		{ "/etc/../../../x", "/x" },
		{ "/out/x", "/etc/x" },
		{ "/up/x", "/x" },
		{ "/here/./x", "/etc/x" },
		{ "/loop/x", NULL },
	};
	AUTO(node) char *root = node_new();

	node_mkdir(root, "/etc");
	node_link(root, "/out", "/etc");
	node_link(root, "/up", "../../../..");
	node_link(root, "/here", "etc");
	node_link(root, "/loop", "/loop");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str) char *got = root_path(root, rows[i].path);
		AUTO(str)
		char *want = rows[i].want == NULL
				 ? mem_strdup(ROOT_NOWHERE)
				 : str_printf("%s%s", root, rows[i].want);

		CHECK_STR(got, want);
	}
}

TEST(an_address_that_is_no_socket_has_no_path)
{
	AUTO(str) char *none = address_path("/", "tcp://127.0.0.1:10250");
	AUTO(str) char *own = address_path("/", "unix:///run/a.sock");

	AUTO(str) char *relative = root_path("/", "etc/x");

	CHECK_STR(relative, "/etc/x");
	CHECK(none == NULL);
	CHECK_STR(own, "/run/a.sock");
}

TEST_MAIN

/* Units with their drop-ins. */
#include "node/unit.h"

#include "base/mem.h"
#include "node_world.h"

/* Its command in words joined by '|', or "error: why". */
static char *
command(const char *root, const char *skip)
{
	AUTO(unit) struct unit u = { 0 };
	AUTO(str_list) struct str_list words = { 0 };
	struct err e;

	if (unit_read(root, "kubelet.service", skip, &u, &e) < 0 ||
	    unit_words(&u, &words, &e) < 0)
		return str_printf("error: %s: %s", err_name(e.code), e.msg);
	return str_list_join(&words, "|");
}

#define ETC "/etc/systemd/system/kubelet.service"
#define LIB "/usr/lib/systemd/system/kubelet.service"

TEST(no_unit_and_a_masked_one)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *none = command(root, NULL);
	AUTO(str) char *masked = NULL;

	CHECK_STR(none, "error: not-found: there is no unit kubelet.service");
	node_put(root, LIB, "[Service]\nExecStart=/k\n");
	node_link(root, ETC, "/dev/null");
	masked = command(root, NULL);
	CHECK_STR(masked, "error: not-found: there is no unit kubelet.service");
}

TEST(what_an_administrator_wrote_counts_more)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *before = NULL, *after = NULL;

	node_put(root, LIB, "[Service]\nExecStart=/lib/kubelet --a\n");
	before = command(root, NULL);
	CHECK_STR(before, "/lib/kubelet|--a");
	node_put(root, ETC, "[Service]\nExecStart=-/etc/kubelet \\\n  --b\n");
	after = command(root, NULL);
	CHECK_STR(after, "/etc/kubelet|--b");
}

TEST(drop_ins_in_the_order_of_their_names)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *all = NULL, *without = NULL, *masked = NULL;

	node_put(root, LIB, "[Unit]\nExecStart=/no\n[Service]\nExecStart=/k\n");
	node_put(root, LIB ".d/20-b.conf",
	    "[Service]\nExecStart=\nExecStart=/k $A $B\n");
	node_put(root, LIB ".d/10-a.conf",
	    "[Service]\nEnvironment=A=1 \"B=2 3\"\n");
	node_put(root, ETC ".d/30-c.conf", "[Service]\nEnvironment=A=4\n");
	node_put(root, ETC ".d/40-d.conf.bak", "[Service]\nEnvironment=A=5\n");
	all = command(root, NULL);
	CHECK_STR(all, "/k|4|2|3");
	without = command(root, ETC ".d/30-c.conf");
	CHECK_STR(without, "/k|1|2|3");
	/* One of the same name in /etc replaces that in /usr/lib. */
	node_put(root, ETC ".d/20-b.conf", "");
	masked = command(root, NULL);
	CHECK_STR(masked, "/k");
}

TEST(environment_files_count_more_and_may_be_missing)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *got = NULL, *missing = NULL;

	node_put(root, LIB,
	    "[Service]\nEnvironment=A=1\nEnvironmentFile=-/etc/none\n"
	    "EnvironmentFile=/etc/default/k\nExecStart=/k $A $C\n");
	missing = command(root, NULL);
	CHECK_STR(missing, "/k|1");
	node_put(root, "/etc/default/k", "# x\nA=\"2 --x=y\"\nC='3'\n");
	got = command(root, NULL);
	CHECK_STR(got, "/k|2|--x=y|3");
}

TEST(a_unit_that_is_not_one_command)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *two = NULL, *none = NULL, *quote = NULL;

	node_put(root, LIB, "[Service]\nExecStart=/a\nExecStart=/b\n");
	two = command(root, NULL);
	CHECK_STR(two,
	    "error: configuration: kubelet.service has 2 commands in ExecStart=");
	node_put(root, LIB, "[Service]\n");
	none = command(root, NULL);
	CHECK_STR(none,
	    "error: configuration: kubelet.service has 0 commands in ExecStart=");
	node_put(root, LIB, "[Service]\nExecStart=/a 'b\n");
	quote = command(root, NULL);
	CHECK_HAS(quote, "malformed");
	CHECK_HAS(quote, LIB);
}

TEST(a_file_that_is_no_text)
{
	AUTO(node) char *root = node_new();
	AUTO(unit) struct unit u = { 0 };
	AUTO(str) char *full = str_printf("%s" LIB, root);
	struct err e;

	node_put(root, LIB, "");
	CHECK(file_replace(full, slice_of("a\0b", 3)) == 0);
	CHECK_ERR(unit_read(root, "kubelet.service", NULL, &u, &e), &e,
	    ERR_MALFORMED);
}

TEST_MAIN

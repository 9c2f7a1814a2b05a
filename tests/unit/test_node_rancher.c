/* What k3s and RKE2 are told of their kubelet. */
#include "node/rancher.h"

#include "base/mem.h"
#include "node/words.h"
#include "node_world.h"

#define MAIN "/etc/rancher/k3s/config.yaml"
#define DIR_ MAIN ".d"

/* Read a node's; the kubelet's arguments joined by ' '. */
static char *
read_args(const char *root, const char *command, struct rancher *r)
{
	AUTO(str_list) struct str_list words = { 0 };
	struct err e;

	CHECK_OK(words_split(command, NULL, &words, &e), &e);
	CHECK_OK(rancher_read(root, "k3s", &words, r, &e), &e);
	return str_list_join(&r->kubelet_args, " ");
}

TEST(nothing_is_configured)
{
	AUTO(node) char *root = node_new();
	AUTO(rancher) struct rancher r = { 0 };
	AUTO(str) char *args = read_args(root, "k3s server", &r);

	CHECK_STR(args, "");
	CHECK_STR(r.dir, DIR_);
	CHECK(r.runtime == NULL && r.image == NULL && r.reset == NULL);
	CHECK_INT(r.files.n, 0);
}

TEST(lists_are_replaced_or_gone_on_with)
{
	AUTO(node) char *root = node_new();
	AUTO(rancher) struct rancher r = { 0 };
	AUTO(str) char *args = NULL;

	node_put(root, MAIN, "kubelet-arg: [a=1, --b=2]\n");
	node_put(root, DIR_ "/10.yaml", "kubelet-arg+: c=3\n");
	node_put(root, DIR_ "/20.yml", "kubelet-arg+:\n  - d=4\n");
	node_put(root, DIR_ "/30.yaml.off", "kubelet-arg: x=1\n");
	args = read_args(root, "k3s server", &r);
	CHECK_STR(args, "--a=1 --b=2 --c=3 --d=4");
	CHECK_STR(r.reset, MAIN);
	CHECK_INT(r.files.n, 3);
}

TEST(a_later_file_replaces_and_the_command_line_comes_last)
{
	AUTO(node) char *root = node_new();
	AUTO(rancher) struct rancher r = { 0 };
	AUTO(str) char *args = NULL;

	node_put(root, MAIN,
	    "kubelet-arg: [a=1]\nimage-service-endpoint: /i.sock\n");
	node_put(root, DIR_ "/95.yaml", "kubelet-arg: [z=1]\n");
	args = read_args(root,
	    "k3s server --kubelet-arg=y=2 "
	    "--container-runtime-endpoint /run/x.sock",
	    &r);
	CHECK_STR(args, "--z=1 --y=2");
	CHECK_STR(r.reset, DIR_ "/95.yaml");
	CHECK_STR(r.runtime, "/run/x.sock");
	CHECK_STR(r.image, "/i.sock");
	CHECK(r.by_hand);
}

TEST(another_file_by_flag_has_its_own_directory)
{
	AUTO(node) char *root = node_new();
	AUTO(rancher) struct rancher r = { 0 };
	AUTO(str) char *args = NULL;

	node_put(root, MAIN, "kubelet-arg: [a=1]\n");
	node_put(root, "/opt/k3s.yaml", "kubelet-arg: [b=1]\n");
	args = read_args(root, "k3s agent --config /opt/k3s.yaml", &r);
	CHECK_STR(args, "--b=1");
	CHECK_STR(r.dir, "/opt/k3s.yaml.d");
}

TEST(a_file_that_is_no_yaml)
{
	AUTO(node) char *root = node_new();
	AUTO(rancher) struct rancher r = { 0 };
	struct str_list none = { 0 };
	struct err e;

	node_put(root, MAIN, "kubelet-arg: [a=1\n");
	CHECK_ERR(rancher_read(root, "k3s", &none, &r, &e), &e, ERR_MALFORMED);
	CHECK_HAS(e.msg, MAIN);
}

TEST_MAIN

/* What is to be written on which node, and where it is not sure. */
#include "node/plan.h"

#include "base/mem.h"
#include "node_world.h"

#define LISTEN  "unix:///run/pullgate/cri.sock"
#define RUNTIME "unix:///run/containerd/containerd.sock"
#define K3S     "unix:///run/k3s/containerd/containerd.sock"
#define UNIT    "/usr/lib/systemd/system/kubelet.service"
#define DROP_IN "/etc/systemd/system/kubelet.service.d/90-pullgate.conf"

/* The files planned, each as "path\ntext", or "error: why". */
static char *
plan_for(const char *root, const char *runtime, bool create_gate)
{
	AUTO(kubelet) struct kubelet k = { 0 };
	AUTO(plan) struct plan p = { 0 };
	struct plan_wish wish = { root, LISTEN, runtime, create_gate };
	AUTO(str_list) struct str_list all = { 0 };
	struct err e;

	if (kubelet_find(root, &k, &e) < 0 || plan_make(&wish, &k, &p, &e) < 0)
		return str_printf("error: %s: %s", err_name(e.code), e.msg);
	for (size_t i = 0; i < p.n; i++)
		str_list_own(&all,
		    str_printf("%s %s%s\n%s", p.unit, p.reload ? "reload " : "",
			p.files[i].path, p.files[i].text));
	return str_list_join(&all, "");
}

static char *
unit_node(const char *exec)
{
	char *root = node_new();
	AUTO(str) char *text = str_printf("[Service]\nExecStart=%s\n", exec);

	node_put(root, UNIT, text);
	return root;
}

#define HEAD                                                                   \
	"# Written by `pullgate node enable`; `pullgate node disable` removes it.\n"

TEST(a_fragment_where_there_is_a_config_dir)
{
	AUTO(node) char *root = unit_node("/k/kubelet --config-dir=/etc/k.d");
	AUTO(str) char *pull = plan_for(root, RUNTIME, false);
	AUTO(str) char *create = plan_for(root, RUNTIME, true);

	CHECK_STR(pull, "kubelet.service /etc/k.d/90-pullgate.conf\n" HEAD
			"apiVersion: kubelet.config.k8s.io/v1beta1\n"
			"kind: KubeletConfiguration\n"
			"imageServiceEndpoint: " LISTEN "\n");
	CHECK_HAS(create, "imageServiceEndpoint: " LISTEN
			  "\ncontainerRuntimeEndpoint: " LISTEN "\n");
}

TEST(a_drop_in_where_there_is_none)
{
	AUTO(node) char *root = unit_node("/usr/bin/kubelet $ARGS \\\n --v=2");
	AUTO(str) char *pull = plan_for(root, RUNTIME, false);
	AUTO(str) char *create = plan_for(root, RUNTIME, true);

	CHECK_STR(pull,
	    "kubelet.service reload " DROP_IN "\n" HEAD
	    "[Unit]\nWants=pullgate.socket\nAfter=pullgate.socket\n\n"
	    "[Service]\nExecStart=\n"
	    "ExecStart=/usr/bin/kubelet $ARGS   --v=2 --image-service-endpoint=" LISTEN
	    "\n");
	CHECK_HAS(create, " --image-service-endpoint=" LISTEN
			  " --container-runtime-endpoint=" LISTEN "\n");
}

TEST(a_flag_counts_more_than_a_fragment_would)
{
	static const struct {
		const char *flag;
		bool create_gate, drop_in;
	} rows[] = {
		{ "--image-service-endpoint=" RUNTIME, false, true },
		{ "--container-runtime-endpoint=" RUNTIME, false, false },
		{ "--container-runtime-endpoint=" RUNTIME, true, true },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str)
		char *exec =
		    str_printf("/k/kubelet --config-dir=/d %s", rows[i].flag);
		AUTO(node) char *root = unit_node(exec);
		AUTO(str)
		char *got = plan_for(root, RUNTIME, rows[i].create_gate);

		CHECK_HAS(got,
		    rows[i].drop_in ? DROP_IN : "/d/90-pullgate.conf");
	}
}

TEST(k3s_and_rke2_get_a_fragment_of_their_own)
{
	static const struct {
		const char *unit, *exec, *want;
	} rows[] = {
		{ "k3s.service", "/usr/local/bin/k3s server",
		    "k3s.service /etc/rancher/k3s/config.yaml.d/90-pullgate.yaml\n" },
		{ "k3s-agent.service",
		    "/usr/local/bin/k3s agent --config /o.yaml",
		    "k3s-agent.service /o.yaml.d/90-pullgate.yaml\n" },
		{ "rke2-server.service", "/usr/local/bin/rke2 server",
		    "rke2-server.service /etc/rancher/rke2/config.yaml.d/90-pullgate.yaml\n" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = node_new();
		AUTO(str)
		char *path = str_printf("/etc/systemd/system/%s", rows[i].unit);
		AUTO(str)
		char *text =
		    str_printf("[Service]\nExecStart=%s\n", rows[i].exec);
		AUTO(str) char *got = NULL, *create = NULL, *other = NULL;

		node_put(root, path, text);
		got = plan_for(root, K3S, false);
		CHECK_HAS(got, rows[i].want);
		CHECK_HAS(got,
		    HEAD "kubelet-arg+:\n  - \"image-service-endpoint=" LISTEN
			 "\"\n");
		create = plan_for(root, K3S, true);
		CHECK_HAS(create,
		    "error: configuration: the create gate cannot be had");
		other = plan_for(root, RUNTIME, false);
		CHECK_HAS(other, "and pullgate's `runtime` is " RUNTIME);
	}
}

/* Each of these is refused, and for this reason. */
TEST(where_it_is_not_sure_it_refuses)
{
	static const struct {
		const char *exec, *path, *text, *want;
	} rows[] = {
		{ "/usr/bin/start-kubelet.sh", NULL, NULL,
		    UNIT
		    " starts \"start-kubelet.sh\" and not the kubelet itself" },
		{ "/bin/sh -c 'exec kubelet'", NULL, NULL, "starts \"sh\"" },
		{ "/usr/bin/kubelet ; /bin/true", NULL, NULL,
		    "has several commands in one ExecStart=" },
		{ "/usr/bin/kubelet --config-dir=etc/k.d", NULL, NULL,
		    "--config-dir is etc/k.d, which is no whole path" },
		{ "/usr/bin/kubelet --image-service-endpoint=unix:///run/stargz.sock",
		    NULL, NULL,
		    "sends its image calls to unix:///run/stargz.sock (--image-service-endpoint)" },
		{ "/usr/bin/kubelet",
		    "/etc/systemd/system/kubelet.service.d/95-x.conf",
		    "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --x\n",
		    "95-x.conf sets ExecStart= and is read after " DROP_IN },
		{ "/usr/bin/kubelet --config-dir=/d", "/d/95-x.conf",
		    "imageServiceEndpoint: " RUNTIME "\n",
		    "/d/95-x.conf sets an endpoint and is read after /d/90-pullgate.conf" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = unit_node(rows[i].exec);
		AUTO(str) char *got = NULL;

		if (rows[i].path != NULL)
			node_put(root, rows[i].path, rows[i].text);
		got = plan_for(root, RUNTIME, false);
		CHECK_HAS(got, "error: configuration: ");
		CHECK_HAS(got, rows[i].want);
	}
}

TEST(k3s_whose_arguments_count_more)
{
	static const struct {
		const char *exec, *path, *text, *want;
	} rows[] = {
		{ "/k3s server --kubelet-arg=image-service-endpoint=" K3S, NULL,
		    NULL, "has --kubelet-arg=image-service-endpoint=" K3S },
		{ "/k3s server", "/etc/rancher/k3s/config.yaml.d/95.yaml",
		    "kubelet-arg: [v=2]\n",
		    "95.yaml replaces kubelet-arg and is read after" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = node_new();
		AUTO(str)
		char *text =
		    str_printf("[Service]\nExecStart=%s\n", rows[i].exec);
		AUTO(str) char *got = NULL;

		node_put(root, "/etc/systemd/system/k3s.service", text);
		if (rows[i].path != NULL)
			node_put(root, rows[i].path, rows[i].text);
		got = plan_for(root, K3S, false);
		CHECK_HAS(got, "error: configuration: ");
		CHECK_HAS(got, rows[i].want);
	}
}

TEST(a_listen_that_cannot_be_written_down)
{
	static const char *const addresses[] = { "/run/p.sock",
		"unix:///run/a b.sock", "unix:///run/a\n.sock",
		"unix:///run/$HOME", "unix:///run/%h", "tcp://127.0.0.1:1" };
	AUTO(node) char *root = unit_node("/usr/bin/kubelet");
	AUTO(kubelet) struct kubelet k = { 0 };
	struct err e;

	CHECK_OK(kubelet_find(root, &k, &e), &e);
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		AUTO(plan) struct plan p = { 0 };
		struct plan_wish wish = { root, addresses[i], RUNTIME, false };

		CHECK_ERR(plan_make(&wish, &k, &p, &e), &e, ERR_CONFIG);
		CHECK_HAS(e.msg, "plain unix:///path only");
	}
}

TEST_MAIN

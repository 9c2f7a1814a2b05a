/* The kubelet found: by its process, by its unit; its files in their order. */
#include "node/kubelet.h"

#include <sys/xattr.h>
#include <time.h>
#include <utime.h>

#include "base/mem.h"
#include "node_world.h"

#define CONFIG "/var/lib/kubelet/config.yaml"

/* The node was booted so long ago; a process began 1000 s later. */
static void
put_boot(const char *root, int ago)
{
	AUTO(str)
	char *text =
	    str_printf("cpu 1\nbtime %lld\n", (long long)time(NULL) - ago);

	node_put(root, "/proc/stat", text);
}

/* A process of the node: arguments are separated by ' ' here. */
static void
put_process(const char *root, int pid, const char *name, const char *args)
{
	AUTO(str) char *dir = str_printf("/proc/%d", pid);
	AUTO(str) char *comm = str_printf("%s/comm", dir);
	AUTO(str) char *cmdline = str_printf("%s/cmdline", dir);
	AUTO(str) char *cgroup = str_printf("%s/cgroup", dir);
	AUTO(str) char *stat = str_printf("%s/stat", dir);
	AUTO(str) char *status = str_printf("%s/status", dir);
	AUTO(str) char *line = str_printf("%s\n", name);
	AUTO(str)
	char *group = str_printf("0::/system.slice/%s.service\n", name);
	AUTO(str) char *text = mem_strdup(args);
	AUTO(str) char *full = str_printf("%s%s", root, cmdline);
	size_t len = strlen(text);

	node_put(root, comm, line);
	node_put(root, status, "Name:\tx\nUid:\t0\t0\t0\t0\nNSpid:\t1\n");
	node_put(root, cgroup, group);
	/* Started 1000 s after the boot, at 100 ticks a second. */
	node_put(root, stat,
	    "1 (a b) c) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100000 0\n");
	put_boot(root, 0);
	for (size_t i = 0; i < len; i++)
		if (text[i] == ' ')
			text[i] = '\0';
	CHECK(file_replace(full, slice_of(text, len + 1)) == 0);
}

/* What was found, on a line. */
static char *
found(const char *root)
{
	AUTO(kubelet) struct kubelet k = { 0 };
	const struct kubelet_endpoint *image = kubelet_image_calls(&k);
	AUTO(str) char *who = NULL;
	struct err e;

	if (kubelet_find(root, &k, &e) < 0)
		return str_printf("error: %s: %s", err_name(e.code), e.msg);
	image = kubelet_image_calls(&k);
	who = kubelet_describe(&k);
	return str_printf("%s: %s by %s; %s by %s%s%s", who, image->address,
	    image->from, k.runtime.address, k.runtime.from,
	    k.stale == NULL ? "" : "; stale: ", k.stale == NULL ? "" : k.stale);
}

TEST(no_kubelet)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *got = found(root);

	CHECK_HAS(got, "error: not-found: no kubelet was found");
}

TEST(one_that_runs_with_flags)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *got = NULL;

	put_process(root, 812, "kubelet",
	    "/usr/bin/kubelet --container-runtime-endpoint=unix:///run/c.sock");
	/* Others of similar names are not. */
	put_process(root, 900, "kube-proxy", "kube-proxy");
	put_process(root, 901, "k3s", "k3s kubectl get pods");
	got = found(root);
	CHECK_STR(got,
	    "kubelet (process 812): unix:///run/c.sock by --container-runtime-endpoint; unix:///run/c.sock by --container-runtime-endpoint");
}

TEST(flags_count_more_than_fragments_and_those_more_than_the_file)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *file = NULL, *fragments = NULL, *flag = NULL;

	node_put(root, CONFIG,
	    "containerRuntimeEndpoint: unix:///run/a.sock\n"
	    "imageServiceEndpoint: ''\n");
	put_process(root, 812, "kubelet", "kubelet --config " CONFIG);
	file = found(root);
	CHECK_STR(file, "kubelet (process 812): unix:///run/a.sock by " CONFIG
			"; unix:///run/a.sock by " CONFIG);
	node_put(root, "/etc/k.d/10.conf", "imageServiceEndpoint: /b.sock\n");
	node_put(root, "/etc/k.d/20.conf", "imageServiceEndpoint: /c.sock\n");
	node_put(root, "/etc/k.d/30.yaml", "imageServiceEndpoint: /d.sock\n");
	node_put(root, "/etc/k.d/15/x.conf", "imageServiceEndpoint: /e.sock\n");
	put_process(root, 812, "kubelet",
	    "kubelet --config " CONFIG " --config-dir /etc/k.d");
	fragments = found(root);
	CHECK_STR(fragments,
	    "kubelet (process 812): /c.sock by /etc/k.d/20.conf; unix:///run/a.sock by " CONFIG);
	put_process(root, 812, "kubelet",
	    "kubelet --config " CONFIG
	    " --config-dir /etc/k.d --image-service-endpoint /f.sock");
	flag = found(root);
	CHECK_HAS(flag, ": /f.sock by --image-service-endpoint; ");
}

TEST(what_is_newer_than_the_process_was_not_read)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *full = str_printf("%s" CONFIG, root);
	AUTO(kubelet) struct kubelet k = { 0 };
	struct utimbuf old = { 1000, 1000 };
	struct err e;

	node_put(root, CONFIG, "imageServiceEndpoint: unix:///p.sock\n");
	put_process(root, 812, "kubelet",
	    "kubelet --config " CONFIG
	    " --container-runtime-endpoint=unix:///p.sock");
	put_boot(root, 2000);
	/* What has times of before, as a copy may, was written all the same. */
	CHECK(utime(full, &old) == 0);
	CHECK_OK(kubelet_find(root, &k, &e), &e);
	CHECK_STR(k.stale, CONFIG);
	CHECK(!kubelet_sends(root, &k, &k.image, "unix:///p.sock"));
	/* Flags are the process's own. */
	CHECK(kubelet_sends(root, &k, &k.runtime, "unix:///p.sock"));
	kubelet_clear(&k);
	put_boot(root, 0);
	CHECK_OK(kubelet_find(root, &k, &e), &e);
	CHECK(k.stale == NULL);
	CHECK(kubelet_sends(root, &k, &k.image, "unix:///p.sock"));
	CHECK(!kubelet_sends(root, &k, &k.image, "unix:///q.sock"));
}

/* The process has read what is not there any more. */
TEST(what_was_taken_out_was_read)
{
	AUTO(node) char *root = node_new();
	AUTO(kubelet) struct kubelet k = { 0 };
	struct err e;

	put_process(root, 812, "kubelet",
	    "kubelet --config-dir=/etc/k.d --container-runtime-endpoint=unix:///p.sock");
	node_mkdir(root, "/etc/k.d/sub");
	put_boot(root, 2000);
	CHECK_OK(kubelet_find(root, &k, &e), &e);
	CHECK_STR(k.stale, "/etc/k.d");
	CHECK(!kubelet_sends(root, &k, kubelet_image_calls(&k),
	    "unix:///p.sock"));
	kubelet_clear(&k);
	put_boot(root, 0);
	CHECK_OK(kubelet_find(root, &k, &e), &e);
	CHECK(k.stale == NULL);
	CHECK(
	    kubelet_sends(root, &k, kubelet_image_calls(&k), "unix:///p.sock"));
}

/* As the kubelet walks and merges. */
TEST(fragments_take_back_what_came_before)
{
	static const struct {
		const char *path, *text, *want;
	} rows[] = {
		{ "/etc/k.d/20.conf", "imageServiceEndpoint: ''\n",
		    ": /r.sock by --container-runtime-endpoint; " },
		{ "/etc/k.d/20.conf", "imageServiceEndpoint: null\n",
		    ": /r.sock by --container-runtime-endpoint; " },
		{ "/etc/k.d/20.conf", "imageServiceEndpoint:\n",
		    ": /r.sock by --container-runtime-endpoint; " },
		{ "/etc/k.d/20.conf", "kind: x\n",
		    ": /a.sock by /etc/k.d/10.conf; " },
		{ "/etc/k.d/.20.conf", "imageServiceEndpoint: /b.sock\n",
		    ": /a.sock by /etc/k.d/10.conf; " },
		{ "/etc/k.d/20/.conf", "imageServiceEndpoint: /b.sock\n",
		    ": /b.sock by /etc/k.d/20/.conf; " },
		{ "/elsewhere/20.conf", "imageServiceEndpoint: /b.sock\n",
		    ": /a.sock by /etc/k.d/10.conf; " },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = node_new();
		AUTO(str) char *got = NULL;

		put_process(root, 812, "kubelet",
		    "kubelet --config-dir=/etc/k.d --container_runtime_endpoint=/r.sock");
		node_put(root, "/etc/k.d/10.conf",
		    "imageServiceEndpoint: /a.sock\n");
		node_put(root, rows[i].path, rows[i].text);
		node_link(root, "/etc/k.d/30", "/elsewhere");
		got = found(root);
		CHECK_HAS(got, rows[i].want);
	}
}

TEST(names_with_a_dot_and_links_to_the_directory)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *dotted = NULL, *linked = NULL, *led = NULL;

	node_put(root, "/etc/k.d/.x.conf", "imageServiceEndpoint: /a.sock\n");
	node_link(root, "/etc/link", "/etc/k.d");
	put_process(root, 812, "kubelet", "kubelet --config-dir=/etc/k.d");
	dotted = found(root);
	CHECK_HAS(dotted, ": /a.sock by /etc/k.d/.x.conf; ");
	put_process(root, 812, "kubelet", "kubelet --config-dir=/etc/link");
	linked = found(root);
	CHECK_HAS(linked, "containerd.sock by the kubelet's default; ");
	put_process(root, 812, "kubelet", "kubelet --config-dir=/etc/link/");
	led = found(root);
	CHECK_HAS(led, ": /a.sock by /etc/link//.x.conf; ");
}

TEST(one_that_does_not_run_is_found_by_its_unit)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *plain = NULL, *both = NULL;

	node_put(root, "/lib/systemd/system/kubelet.service",
	    "[Service]\nEnvironment=E=--image-service-endpoint=/i.sock\n"
	    "ExecStart=/usr/bin/kubelet $E\n");
	plain = found(root);
	CHECK_STR(plain,
	    "kubelet (unit kubelet.service, not running): /i.sock by --image-service-endpoint; unix:///run/containerd/containerd.sock by the kubelet's default");
	node_put(root, "/etc/systemd/system/k3s.service",
	    "[Service]\nExecStart=/usr/local/bin/k3s server\n");
	both = found(root);
	CHECK_STR(both,
	    "error: configuration: several kubelets are installed here: kubelet.service and k3s.service");
}

TEST(several_that_run)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *got = NULL, *mixed = NULL;

	put_process(root, 812, "kubelet", "kubelet");
	put_process(root, 813, "kubelet", "kubelet");
	got = found(root);
	CHECK_STR(got,
	    "error: configuration: several kubelets run here: processes 812 and 813");
	put_process(root, 813, "k3s-server", "/usr/local/bin/k3s server");
	mixed = found(root);
	CHECK_STR(mixed,
	    "error: configuration: several kubelets run here: processes 813 and 812");
}

/* Between fork and exec there are two of the name. */
TEST(a_child_that_a_kubelet_has_just_forked_is_no_other)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *got = NULL;

	put_process(root, 812, "kubelet", "kubelet");
	put_process(root, 811, "kubelet", "kubelet");
	put_process(root, 813, "kubelet", "kubelet");
	node_put(root, "/proc/811/stat", "811 (kubelet) R 812 1 1 0\n");
	node_put(root, "/proc/813/stat", "813 (kubelet) R 812 1 1 0\n");
	got = found(root);
	CHECK_HAS(got, "kubelet (process 812): ");
}

/* All of them may be had by who is not root. */
TEST(what_is_not_roots_is_not_the_nodes)
{
	static const char *const rows[] = {
		"Uid:\t1000\t1000\t1000\t1000\n",
		/* su, while it asks for a password */
		"Uid:\t1000\t0\t0\t0\n",
		"Uid:\t0\t0\t1000\t0\n",
		"Uid:\t0\t0\t0\n",
		"Name:\tUid:\t0\t0\t0\t0\n",
		"Gid:\t0\t0\t0\t0\n",
		"",
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = node_new();
		AUTO(str) char *got = NULL;

		put_process(root, 812, "kubelet", "kubelet");
		put_process(root, 813, "kubelet",
		    "kubelet --image-service-endpoint=/x");
		node_put(root, "/proc/813/status", rows[i]);
		got = found(root);
		CHECK_HAS(got, "kubelet (process 812): unix:///run/containerd");
	}
}

/* sudo becomes root altogether before it asks. */
TEST(a_program_that_lends_roots_rights_is_no_kubelet)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *full = str_printf("%s/usr/bin/sudo", root);
	AUTO(str) char *real = NULL, *plain = NULL, *able = NULL;
	/* cap_setuid, effective and permitted (linux/capability.h, revision 2) */
	static const uint32_t caps[] = { 0x02000001, 1u << 7, 0, 0, 0 };

	put_process(root, 812, "kubelet", "kubelet");
	put_process(root, 813, "kubelet", "kubelet root --x");
	node_put(root, "/usr/bin/sudo", "");
	node_put(root, "/usr/bin/kubelet", "");
	node_link(root, "/proc/812/exe", "/usr/bin/kubelet");
	node_link(root, "/proc/813/exe", "/usr/bin/sudo");
	CHECK(chmod(full, 04755) == 0);
	real = found(root);
	CHECK_HAS(real, "kubelet (process 812): ");
	CHECK(chmod(full, 0755) == 0);
	plain = found(root);
	CHECK_HAS(plain, "several kubelets run here: processes 812 and 813");
	CHECK(
	    setxattr(full, "security.capability", caps, sizeof(caps), 0) == 0);
	able = found(root);
	CHECK_HAS(able, "kubelet (process 812): ");
}

/* Of many none is left out silently, and none speaks for another's child. */
TEST(there_may_be_many_that_are_none)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *many = NULL, *users = NULL, *family = NULL;

	for (int i = 0; i <= 64; i++)
		put_process(root, 100 + i, "kubelet", "kubelet --x");
	put_process(root, 99, "kubelet", "kubelet");
	many = found(root);
	CHECK_STR(many,
	    "error: limit-exceeded: more than 64 processes may be a kubelet");
	for (int i = 0; i <= 64; i++) {
		AUTO(str) char *path = str_printf("/proc/%d/status", 100 + i);

		node_put(root, path, "Uid:\t1000\t0\t0\t0\n");
	}
	users = found(root);
	CHECK_HAS(users, "kubelet (process 99): ");
	put_process(root, 100, "kubelet", "kubelet --x");
	node_put(root, "/proc/99/stat", "99 (kubelet) S 100 1 1 0\n");
	family = found(root);
	CHECK_HAS(family, "several kubelets run here: processes 100 and 99");
}

TEST(one_of_another_pid_namespace_is_not_the_nodes)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *got = NULL;

	put_process(root, 812, "kubelet", "kubelet");
	put_process(root, 813, "kubelet", "kubelet");
	node_link(root, "/proc/1/ns/pid", "pid:[1]");
	node_link(root, "/proc/812/ns/pid", "pid:[1]");
	node_link(root, "/proc/813/ns/pid", "pid:[2]");
	got = found(root);
	CHECK_HAS(got, "kubelet (process 812): ");
}

/* What the daemon can see without a privilege. */
TEST(one_in_a_container_is_not_the_nodes)
{
	static const struct {
		const char *status, *cgroup;
		bool nodes;
	} rows[] = {
		{ "NSpid:\t813\n", "0::/system.slice/kubelet.service\n", true },
		{ "NSpid:\t813\t7\n", "0::/system.slice/kubelet.service\n",
		    false },
		{ "", "0::/kubepods.slice/kubepods-pod1.slice/x.scope\n",
		    false },
		{ "", "0::/system.slice/cri-containerd-12.scope\n", false },
		{ "", "0::/system.slice/docker-12.scope\n", false },
		{ "", "12:cpu:/docker/12\n0::/\n", false },
		{ "", "0::/machine.slice/libpod-12.scope\n", false },
		{ "", "0::/machine.slice/crio-12.scope\n", false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = node_new();
		AUTO(str)
		char *status =
		    str_printf("Uid:\t0\t0\t0\t0\n%s", rows[i].status);
		AUTO(str) char *got = NULL, *within = NULL;

		put_process(root, 812, "kubelet", "kubelet");
		put_process(root, 813, "kubelet", "kubelet");
		node_put(root, "/proc/813/status", status);
		node_put(root, "/proc/813/cgroup", rows[i].cgroup);
		node_put(root, "/proc/1/cgroup", "0::/init.scope\n");
		got = found(root);
		CHECK_HAS(got,
		    rows[i].nodes ? "several kubelets" : "(process 812)");
		/* A node that is a container has all in it. */
		node_put(root, "/proc/1/cgroup", "0::/docker/12/init.scope\n");
		within = found(root);
		CHECK_HAS(within, strstr(rows[i].status, "\t7") == NULL
				      ? "several kubelets"
				      : "(process 812)");
	}
}

TEST(the_kubelet_in_k3s_and_in_rke2)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *k3s = NULL, *rke2 = NULL;

	put_process(root, 7, "k3s-server", "/usr/local/bin/k3s server");
	node_put(root, "/etc/rancher/k3s/config.yaml",
	    "kubelet-arg: [image-service-endpoint=/i.sock]\n");
	k3s = found(root);
	CHECK_STR(k3s,
	    "k3s (process 7): /i.sock by kubelet-arg --image-service-endpoint; unix:///run/k3s/containerd/containerd.sock by its own containerd");
	put_process(root, 7, "rke2", "/usr/local/bin/rke2 agent");
	put_process(root, 8, "kubelet",
	    "kubelet --image-service-endpoint=/j.sock");
	/* It is RKE2's child, and another. */
	node_put(root, "/proc/8/stat",
	    "8 (kubelet) S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100000 0\n");
	rke2 = found(root);
	CHECK_STR(rke2,
	    "rke2 (process 8): /j.sock by --image-service-endpoint; unix:///run/k3s/containerd/containerd.sock by its own containerd");
}

TEST(files_that_cannot_be_read_are_a_reason_to_stop)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ NULL, "error: not-found: " CONFIG " is not there" },
		{ "a: [", "error: malformed: " CONFIG ":" },
		{ "a: 1\na: 2\n", "error: malformed: " CONFIG ":2" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = node_new();
		AUTO(str) char *got = NULL;

		put_process(root, 1, "kubelet", "kubelet --config=" CONFIG);
		if (rows[i].text != NULL)
			node_put(root, CONFIG, rows[i].text);
		got = found(root);
		CHECK_HAS(got, rows[i].want);
	}
}

TEST(directories_in_directories_have_an_end)
{
	AUTO(node) char *root = node_new();
	AUTO(str) char *got = NULL;

	put_process(root, 1, "kubelet", "kubelet --config-dir=/d");
	node_put(root, "/d/1/2/3/4/5/6/7/8/9/10/x.conf", "{}\n");
	got = found(root);
	CHECK_HAS(got, "error: limit-exceeded: ");
}

TEST_MAIN

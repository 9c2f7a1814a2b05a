/* Doors, open and closed, of made-up nodes. */
#include "node/doors.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "base/mem.h"
#include "node/containerd.h"
#include "node_world.h"

#define LISTEN  "unix:///run/pullgate/cri.sock"
#define RUNTIME "unix:///run/containerd/containerd.sock"
#define CONFIG  "/etc/containerd/config.toml"
#define BIN_DIR "/opt/verifiers"
#define IMAGES  "[plugins.'io.containerd.cri.v1.images']\n"
#define VERIFIER                                                                  \
	"[plugins.'io.containerd.image-verifier.v1.bindir']\nbin_dir = '" BIN_DIR \
	"'\n"

static void
put_socket(const char *root, const char *path, mode_t mode)
{
	AUTO(str) char *full = str_printf("%s%s", root, path);
	AUTO(str)
	char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	node_mkdir(root, dir);
	(void)unlink(full);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", full);
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(chmod(full, mode) == 0);
	(void)close(fd);
}

static void
put_kubelet(const char *root, const char *flags)
{
	AUTO(str)
	char *text =
	    str_printf("[Service]\nExecStart=/usr/bin/kubelet %s\n", flags);

	node_put(root, "/etc/systemd/system/kubelet.service", text);
}

static void
put_program(const char *root, const char *path)
{
	AUTO(str) char *full = str_printf("%s%s", root, path);

	node_put(root, path, "");
	CHECK(chmod(full, 0755) == 0);
}

static const struct doors_view VIEW = {
	.listen = LISTEN,
	.runtime = RUNTIME,
	.group = (gid_t)-1,
	.create_gate = true,
	.name = "containerd",
	.version = "2.1.9",
};

/* "state detail" of one door; the caller frees it. */
static char *
look(const char *root, struct doors_view view, const char *name)
{
	AUTO(door_list) struct door_list doors = { 0 };

	view.root = root;
	doors_find(&view, &doors);
	for (size_t i = 0; i < doors.n; i++) {
		const struct door *door = &doors.items[i];

		CHECK(door->remedy != NULL && door->detail != NULL);
		if (strcmp(door->name, name) == 0)
			return str_printf("%s %s", door_state_name(door->state),
			    door->detail);
	}
	return mem_strdup("no such door");
}

#define CHECK_DOOR(root_, view_, name_, want_)                                 \
	do {                                                                   \
		AUTO(str) char *door_ = look(root_, view_, name_);             \
		CHECK_HAS(door_, want_);                                       \
	} while (0)

TEST(the_kubelets_endpoints)
{
	AUTO(node) char *root = node_new();
	struct doors_view pull = VIEW;

	pull.create_gate = false;
	CHECK_DOOR(root, VIEW, "image-endpoint", "open no kubelet was found");
	CHECK_DOOR(root, VIEW, "runtime-endpoint", "open no kubelet was found");
	put_kubelet(root, "");
	CHECK_DOOR(root, VIEW, "image-endpoint",
	    "open the kubelet's calls go to " RUNTIME);
	put_kubelet(root, "--image-service-endpoint=" LISTEN);
	CHECK_DOOR(root, VIEW, "image-endpoint", "closed the kubelet's calls");
	CHECK_DOOR(root, VIEW, "runtime-endpoint",
	    "open the kubelet's calls go to " RUNTIME);
	/* What is on the node would be run unasked. */
	CHECK_DOOR(root, pull, "runtime-endpoint",
	    "open `gates` has no create");
	pull.presence = true;
	CHECK_DOOR(root, pull, "runtime-endpoint",
	    "unused `gates` has no create, and `presence` is verified");
	put_kubelet(root, "--container-runtime-endpoint=" LISTEN);
	CHECK_DOOR(root, VIEW, "image-endpoint", "closed");
	CHECK_DOOR(root, VIEW, "runtime-endpoint", "closed");
}

TEST(sockets_that_others_may_use)
{
	static const struct {
		mode_t mode;
		gid_t group;
		const char *want;
	} rows[] = {
		{ 0600, 0, "closed" },
		{ 0660, 0, "closed" },
		{ 0666, 0, "mode 0666: everybody may connect" },
		{ 0602, 0, "mode 0602: everybody may connect" },
		{ 0660, 77, "mode 0660: group 77 may connect" },
		{ 0640, 77, "closed" },
	};
	AUTO(node) char *root = node_new();
	AUTO(str)
	char *full = str_printf("%s/run/containerd/containerd.sock", root);
	struct doors_view view = VIEW;

	CHECK_DOOR(root, VIEW, "runtime-socket", "unknown " RUNTIME);
	node_put(root, "/run/containerd/containerd.sock", "");
	CHECK_DOOR(root, VIEW, "runtime-socket", "unknown " RUNTIME);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_socket(root, "/run/containerd/containerd.sock",
		    rows[i].mode);
		CHECK(chown(full, 0, rows[i].group) == 0);
		CHECK_DOOR(root, VIEW, "runtime-socket", rows[i].want);
	}
	/* A group may be let in where pullgate listens. */
	put_socket(root, "/run/pullgate/cri.sock", 0660);
	free(full);
	full = str_printf("%s/run/pullgate/cri.sock", root);
	CHECK(chown(full, 0, 77) == 0);
	CHECK_DOOR(root, VIEW, "pullgate-socket", "open");
	view.group = 77;
	CHECK_DOOR(root, view, "pullgate-socket", "closed");
	CHECK(chown(full, 5, 77) == 0);
	CHECK_DOOR(root, view, "pullgate-socket", "open");
}

/* The mode stays 0660 while one more user is let in. */
TEST(sockets_with_an_acl)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, perm;
			uint32_t id;
		} entries[5];
	} acl = { 2, { { 0x01, 6, UINT32_MAX }, { 0x02, 6, 1000 },
			 { 0x04, 6, UINT32_MAX }, { 0x10, 6, UINT32_MAX },
			 { 0x20, 0, UINT32_MAX } } };
	AUTO(node) char *root = node_new();
	AUTO(str)
	char *full = str_printf("%s/run/containerd/containerd.sock", root);

	put_socket(root, "/run/containerd/containerd.sock", 0660);
	CHECK_DOOR(root, VIEW, "runtime-socket", "closed");
	CHECK(setxattr(full, "system.posix_acl_access", &acl, sizeof(acl), 0) ==
	      0);
	CHECK_DOOR(root, VIEW, "runtime-socket",
	    "mode 0660: it has an ACL, which may let others connect");
}

TEST(containerds_verifier)
{
	AUTO(node) char *root = node_new();
	struct doors_view crio = VIEW;

	CHECK_DOOR(root, VIEW, "image-verifier", "unused");
	CHECK_DOOR(root, VIEW, "local-pull", "unused");
	node_put(root, CONFIG, VERIFIER);
	CHECK_DOOR(root, VIEW, "image-verifier",
	    "open of 0 files in bin_dir " BIN_DIR
	    " none is pullgate: containerd allows everything");
	/* Programs of whatever kind, and all that has the name and is none. */
	put_program(root, BIN_DIR "/true");
	put_program(root, BIN_DIR "/not-pullgate");
	node_mkdir(root, BIN_DIR "/d/pullgate");
	node_link(root, BIN_DIR "/link", BIN_DIR "/d/pullgate");
	node_link(root, BIN_DIR "/gone", "/nowhere/pullgate");
	CHECK_DOOR(root, VIEW, "image-verifier",
	    "open of 5 files in bin_dir " BIN_DIR " none is pullgate");
	node_put(root, "/usr/bin/pullgate", "");
	node_link(root, BIN_DIR "/verifier", "/usr/bin/pullgate");
	CHECK_DOOR(root, VIEW, "image-verifier", "open of 6 files");
	put_program(root, "/usr/bin/pullgate");
	CHECK_DOOR(root, VIEW, "image-verifier",
	    "closed containerd asks pullgate in bin_dir " BIN_DIR);
	node_put(root, CONFIG, VERIFIER "max_verifiers = 1\n");
	CHECK_DOOR(root, VIEW, "image-verifier",
	    "holds 6 files, of which containerd asks 1 (max_verifiers), none of them pullgate");
	/* In the order of their names, as they are asked, with a dot or without. */
	node_put(root, CONFIG, VERIFIER "max_verifiers = 6\n");
	CHECK_DOOR(root, VIEW, "image-verifier", "closed");
	node_put(root, BIN_DIR "/.first", "");
	CHECK_DOOR(root, VIEW, "image-verifier",
	    "open bin_dir " BIN_DIR " holds 7 files");
	node_link(root, BIN_DIR "/.again", "/usr/bin/pullgate");
	CHECK_DOOR(root, VIEW, "image-verifier", "closed");
	node_put(root, CONFIG, VERIFIER "max_verifiers = 0\n");
	CHECK_DOOR(root, VIEW, "image-verifier", "open");
	node_put(root, CONFIG, VERIFIER "max_verifiers = -1\n");
	CHECK_DOOR(root, VIEW, "image-verifier", "closed");
	node_put(root, CONFIG, "x = [");
	CHECK_DOOR(root, VIEW, "image-verifier",
	    "unknown " CONFIG ": line 1: an array does not end");
	crio.name = "cri-o";
	CHECK_DOOR(root, crio, "image-verifier", "unused");
}

TEST(what_makes_containerd_pull_by_itself)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "closed" },
		{ IMAGES "use_local_image_pull = false\n"
			 "max_concurrent_downloads = 3\n"
			 "disable_snapshot_annotations = true\n",
		    "closed" },
		{ IMAGES "use_local_image_pull = true\n",
		    "open use_local_image_pull = true" },
		{ IMAGES "max_concurrent_downloads = 10\n",
		    "open max_concurrent_downloads = 10" },
		{ IMAGES "disable_snapshot_annotations = false\n",
		    "open disable_snapshot_annotations = false" },
		{ IMAGES "discard_unpacked_layers = true\n"
			 "image_pull_with_sync_fs = true\n",
		    "open discard_unpacked_layers = true, image_pull_with_sync_fs = true" },
		{ "[plugins.'io.containerd.cri.v1.images'.registry.mirrors.'docker.io']\nendpoint = ['https://m']\n",
		    "open registry.mirrors, configs or auths" },
		{ "[plugins.'io.containerd.grpc.v1.cri'.registry.configs.'r']\nx = 1\n",
		    "open registry.mirrors" },
		{ "[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = '/etc/containerd/certs.d'\n",
		    "closed" },
		{ "[plugins.'io.containerd.cri.v1.images'.registry.mirrors]\n",
		    "closed" },
		{ "[plugins]\n'io.containerd.cri.v1.images' = { use_local_image_pull = true }\n",
		    "open use_local_image_pull = true" },
		{ "[plugins.'io.containerd.grpc.v1.cri']\nuse_local_image_pull = true\n",
		    "open use_local_image_pull = true" },
		{ "[plugins.cri]\nmax_concurrent_downloads = 4\n",
		    "open max_concurrent_downloads = 4" },
		/* Which of two counts is not for us to say. */
		{ IMAGES
		    "use_local_image_pull = false\n"
		    "[plugins.'io.containerd.grpc.v1.cri']\nuse_local_image_pull = true\n",
		    "open use_local_image_pull = true" },
		{ "[plugins.'io.containerd.grpc.v1.cri'.registry]\nmirrors = {'docker.io' = {endpoint = ['https://m']}}\n",
		    "open registry.mirrors" },
		{ "[plugins.'io.containerd.grpc.v1.cri'.containerd]\ndisable_snapshot_annotations = false\n",
		    "open disable_snapshot_annotations" },
	};
	AUTO(node) char *root = node_new();
	struct doors_view old = VIEW;

	put_program(root, BIN_DIR "/pullgate");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(str)
		char *text = str_printf("%s%s", VERIFIER, rows[i].text);

		node_put(root, CONFIG, text);
		CHECK_DOOR(root, VIEW, "local-pull", rows[i].want);
	}
	node_put(root, CONFIG, VERIFIER);
	old.version = "2.0.3";
	CHECK_DOOR(root, old, "local-pull", "open containerd 2.0 pulls");
}

TEST(imports_count_more_than_who_imports_them)
{
	AUTO(node) char *root = node_new();
	struct doors_view newer = VIEW;

	put_program(root, BIN_DIR "/pullgate");
	node_put(root, CONFIG,
	    "imports = ['/etc/containerd/conf.d/*.toml', 'more.toml']\n" VERIFIER
		IMAGES "use_local_image_pull = true\n");
	node_put(root, "/etc/containerd/conf.d/a.toml",
	    "imports = ['/etc/containerd/config.toml']\n" IMAGES
	    "use_local_image_pull = false\n");
	CHECK_DOOR(root, VIEW, "local-pull", "closed");
	node_put(root, "/etc/containerd/more.toml",
	    IMAGES "max_concurrent_downloads = 5\n");
	CHECK_DOOR(root, VIEW, "local-pull",
	    "open max_concurrent_downloads = 5");
	/* From 2.2 on that directory is imported if nothing is said. */
	node_put(root, CONFIG, VERIFIER);
	node_put(root, "/etc/containerd/conf.d/a.toml",
	    IMAGES "use_local_image_pull = true\n");
	CHECK_DOOR(root, VIEW, "local-pull", "closed");
	newer.version = "2.2.0";
	CHECK_DOOR(root, newer, "local-pull", "open use_local_image_pull");
}

TEST(k3s_has_its_containerds_configuration_elsewhere)
{
	AUTO(node) char *root = node_new();
	struct doors_view k3s = VIEW;

	k3s.runtime = "unix:///run/k3s/containerd/containerd.sock";
	node_put(root, CONFIG, "");
	node_put(root, "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
	    VERIFIER);
	CHECK_DOOR(root, VIEW, "image-verifier", "unused");
	CHECK_DOOR(root, k3s, "image-verifier",
	    "open of 0 files in bin_dir " BIN_DIR);
}

TEST(checkpoints_that_are_restored)
{
	static const struct {
		const char *name, *version;
		bool wired, allow;
		const char *want;
	} rows[] = {
		{ NULL, NULL, true, false, "unknown" },
		{ "containerd", "1.7.2", false, true, "closed" },
		{ "containerd", "2.2.7", false, false, "closed" },
		{ "containerd", "2.2+unknown", false, false,
		    "open this containerd restores checkpoints" },
		{ "containerd", "2.1.9", false, false,
		    "open this containerd restores checkpoints in CreateContainer, and its calls do not go" },
		{ "containerd", "2.1.9", true, false,
		    "closed the create gate refuses them" },
		{ "containerd", "2.1.9", true, true,
		    "and `checkpoints` is allow" },
		{ "cri-o", "1.37.0", false, false, "open CRI-O restores" },
		{ "cri-o", "1.37.0", true, false, "closed" },
	};
	AUTO(node) char *root = node_new();
	static const char *const asking[] = {
		"[plugins.'io.containerd.cri.v1.runtime']\n"
		"enable_experimental_restore_via_create = true\n",
		"version = 2\n[plugins.'io.containerd.grpc.v1.cri']\n"
		"enable_experimental_restore_via_create = true\n",
		"plugins = {'io.containerd.cri.v1.runtime' = "
		"{enable_experimental_restore_via_create = true}}\n",
	};
	struct doors_view asked = VIEW;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct doors_view view = VIEW;

		view.name = rows[i].name;
		view.version = rows[i].version;
		view.checkpoints = rows[i].allow;
		put_kubelet(root, rows[i].wired
				      ? "--container-runtime-endpoint=" LISTEN
				      : "");
		CHECK_DOOR(root, view, "checkpoint-restore", rows[i].want);
	}
	put_kubelet(root, "");
	asked.version = "2.2.8";
	for (size_t i = 0; i < COUNT_OF(asking); i++) {
		node_put(root, CONFIG, asking[i]);
		CHECK_DOOR(root, asked, "checkpoint-restore",
		    "open enable_experimental_restore_via_create is set");
	}
}

TEST(a_list_as_json)
{
	AUTO(door_list) struct door_list list = { 0 };
	AUTO(json) struct json *j = NULL;
	AUTO(str) char *text = NULL;

	door_add(&list, "a", DOOR_OPEN, mem_strdup("why"), "do");
	door_add(&list, "b", DOOR_CLOSED, mem_strdup("fine"), "do");
	door_add(&list, "c", DOOR_UNKNOWN, mem_strdup("?"), NULL);
	CHECK_INT(door_count(&list, DOOR_OPEN), 1);
	j = door_list_json(&list);
	text = json_print(j, false);
	CHECK_STR(text,
	    "[{\"door\":\"a\",\"state\":\"open\",\"detail\":\"why\",\"remedy\":\"do\"},"
	    "{\"door\":\"b\",\"state\":\"closed\",\"detail\":\"fine\",\"remedy\":null},"
	    "{\"door\":\"c\",\"state\":\"unknown\",\"detail\":\"?\",\"remedy\":null}]");
}

TEST_MAIN

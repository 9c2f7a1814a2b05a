/* What containerd was told. */
#include "node/containerd.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/unixsock.h"
#include "node/address.h"
#include "node/root.h"
#include "node/toml.h"
#include "node/words.h"

#define VERIFIER  "plugins/io.containerd.image-verifier.v1.bindir/"
#define FRAGMENTS "/etc/containerd/conf.d/*.toml"

/* The plugins that a setting of the CRI may be written under: containerd 2's own
 * and, in a configuration of version 2 or 1, which it translates, that of 1.x.
 * What is written under any of them is taken to count. */
static const char *const cri_plugins[] = {
	"plugins/io.containerd.cri.v1.images/",
	"plugins/io.containerd.cri.v1.runtime/",
	"plugins/io.containerd.grpc.v1.cri/",
	"plugins/io.containerd.grpc.v1.cri/containerd/",
	"plugins/cri/",
	"plugins/cri/containerd/",
};

void
containerd_clear(struct containerd *c)
{
	str_map_clear(&c->values);
	str_list_clear(&c->files);
	*c = (struct containerd){ 0 };
}

/* Who listens there, as the kernel tells; 0 if that is not to be had. */
static int
listener_of(const char *path)
{
	AUTO(fd)
	int fd = path == NULL ? -1 : unixsock_connect(path, SOCK_NONBLOCK);
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return 0;
	return cred.pid;
}

/* "--config FILE", "-c FILE", and with '='. */
static char *
config_flag(const struct str_list *args)
{
	static const char *const names[] = { "--config", "-config", "-c",
		"--c" };

	for (size_t i = 1; i < args->n; i++) {
		for (size_t k = 0; k < COUNT_OF(names); k++) {
			const char *arg = args->items[i];
			size_t len = strlen(names[k]);

			if (strcmp(arg, names[k]) == 0 && i + 1 < args->n)
				return mem_strdup(args->items[i + 1]);
			if (strncmp(arg, names[k], len) == 0 && arg[len] == '=')
				return mem_strdup(arg + len + 1);
		}
	}
	return NULL;
}

static char *
path_of_process(const char *root, const char *address)
{
	AUTO(str) char *socket_path = address_path(root, address);
	AUTO(str)
	char *proc = str_printf("/proc/%d/cmdline", listener_of(socket_path));
	AUTO(buf) struct buf text = buf_with_max(0);
	AUTO(str_list) struct str_list args = { 0 };
	struct err ignored;

	if (root_read(root, proc, &text, &ignored) < 0)
		return NULL;
	words_of_cmdline(buf_slice(&text), &args);
	if (args.n == 0 ||
	    !str_starts(words_base_name(args.items[0]), "containerd"))
		return NULL;
	return config_flag(&args);
}

static char *
usual_path(const char *root, const char *address)
{
	static const char *const rancher[] = {
		"/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
		"/var/lib/rancher/rke2/agent/etc/containerd/config.toml",
	};

	for (size_t i = 0; i < COUNT_OF(rancher); i++)
		if (strstr(address, "/run/k3s/") != NULL &&
		    root_has(root, rancher[i]))
			return mem_strdup(rancher[i]);
	return mem_strdup(CONTAINERD_CONFIG);
}

/* The directory of a path, with its '/'. */
static char *
dir_of(const char *path)
{
	return mem_strndup(path, (size_t)(words_base_name(path) - path));
}

/* An import names a file, or several by a pattern; from where it stands. */
static void
add_import(const char *root, const char *from, const char *text,
    struct str_list *ret)
{
	AUTO(str) char *base = text[0] == '/' ? mem_strdup("") : dir_of(from);
	AUTO(str) char *path = str_printf("%s%s", base, text);
	AUTO(str) char *dir = dir_of(path);
	AUTO(str_list) struct str_list names = { 0 };
	const char *pattern = words_base_name(path);

	root_all_names(root, dir, &names);
	for (size_t i = 0; i < names.n; i++)
		if (fnmatch(pattern, names.items[i], 0) == 0)
			str_list_own(ret,
			    str_printf("%s%s", dir, names.items[i]));
}

static void
add_imports(const char *root, const char *from, const char *imports,
    struct str_list *ret)
{
	while (*imports != '\0') {
		size_t len = strcspn(imports, "\n");
		AUTO(str) char *one = mem_strndup(imports, len);

		add_import(root, from, one, ret);
		imports += len + (imports[len] == '\n');
	}
}

static int
read_file(const char *root, const char *path, struct str_map *values,
    struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(0);

	if (root_read(root, path, &text, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	if (toml_read(buf_slice(&text), values, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

/* Files behind those that import them, so that they count more. */
static int
read_all(const char *root, struct containerd *c, struct err *e)
{
	for (size_t i = 0; i < c->files.n; i++) {
		AUTO(str_list) struct str_list more = { 0 };
		const char *path = c->files.items[i], *imports;

		if (i >= CONTAINERD_FILES_MAX)
			return err_set(e, ERR_LIMIT,
			    "%s: more than %d files are imported", path,
			    CONTAINERD_FILES_MAX);
		str_map_set(&c->values, "imports", "");
		if (read_file(root, path, &c->values, e) < 0)
			return -1;
		imports = str_map_get(&c->values, "imports");
		if (i == 0 && imports[0] == '\0' &&
		    containerd_is_at_least(c, 2, 2))
			imports = FRAGMENTS;
		add_imports(root, path, imports, &more);
		str_list_merge(&c->files, &more);
	}
	return 0;
}

int
containerd_read(const char *root, const char *address, const char *version,
    struct containerd *ret, struct err *e)
{
	char *path = path_of_process(root, address);

	if (version != NULL && sscanf(version + (version[0] == 'v'), "%u.%u.%u",
				   &ret->major, &ret->minor, &ret->patch) < 2)
		ret->major = ret->minor = ret->patch = 0;
	str_list_own(&ret->files,
	    path == NULL ? usual_path(root, address) : path);
	return read_all(root, ret, e);
}

bool
containerd_is_at_least(const struct containerd *c, unsigned major,
    unsigned minor)
{
	return c->major > major || (c->major == major && c->minor >= minor);
}

/* What the setting is where it has this value, or another than this; NULL: it
 * nowhere has. */
static const char *
find_setting(const struct containerd *c, const char *name, const char *value,
    bool other)
{
	for (size_t i = 0; i < COUNT_OF(cri_plugins); i++) {
		AUTO(str) char *key = str_printf("%s%s", cri_plugins[i], name);
		const char *has = str_map_get(&c->values, key);

		if (has != NULL && (strcmp(has, value) == 0) != other)
			return has;
	}
	return NULL;
}

bool
containerd_is_to_restore(const struct containerd *c)
{
	return find_setting(c, "enable_experimental_restore_via_create", "true",
		   false) != NULL;
}

const char *
containerd_bin_dir(const struct containerd *c)
{
	return str_map_get(&c->values, VERIFIER "bin_dir");
}

long
containerd_max_verifiers(const struct containerd *c)
{
	const char *value = str_map_get(&c->values, VERIFIER "max_verifiers");

	return value == NULL ? 10 : strtol(value, NULL, 10);
}

/* What makes pulls local, if it has this value, or another than this. */
static const struct {
	const char *name, *value;
	bool other;
} forcing[] = {
	{ "use_local_image_pull", "true", false },
	{ "disable_snapshot_annotations", "false", false },
	{ "discard_unpacked_layers", "true", false },
	{ "image_pull_with_sync_fs", "true", false },
	{ "max_concurrent_downloads", "3", true },
};

/* Tables of the older way to name registries. */
static bool
is_old_registry(const char *key)
{
	static const char *const tables[] = { "registry/mirrors",
		"registry/configs", "registry/auths" };

	for (size_t i = 0; i < COUNT_OF(cri_plugins); i++) {
		if (!str_starts(key, cri_plugins[i]))
			continue;
		for (size_t k = 0; k < COUNT_OF(tables); k++) {
			const char *rest = key + strlen(cri_plugins[i]);

			if (str_starts(rest, tables[k]) &&
			    rest[strlen(tables[k])] == '/' &&
			    rest[strlen(tables[k]) + 1] != '\0')
				return true;
		}
	}
	return false;
}

char *
containerd_local_pull(const struct containerd *c)
{
	AUTO(str_list) struct str_list found = { 0 };

	for (size_t i = 0; i < COUNT_OF(forcing); i++) {
		const char *value = find_setting(c, forcing[i].name,
		    forcing[i].value, forcing[i].other);

		if (value != NULL)
			str_list_own(&found,
			    str_printf("%s = %s", forcing[i].name, value));
	}
	for (size_t i = 0; i < c->values.n; i++)
		if (is_old_registry(c->values.items[i].key)) {
			str_list_add(&found,
			    "registry.mirrors, configs or auths");
			break;
		}
	return found.n == 0 ? NULL : str_list_join(&found, ", ");
}

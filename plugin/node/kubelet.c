/* Which kubelet there is, and where it sends its calls. */
#include "node/kubelet.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "node/address.h"
#include "node/process.h"
#include "node/rancher.h"
#include "node/root.h"
#include "node/unit.h"
#include "node/words.h"

#define DEFAULT_RUNTIME         "unix:///run/containerd/containerd.sock"
#define DEFAULT_RANCHER_RUNTIME "unix:///run/k3s/containerd/containerd.sock"

void
kubelet_clear(struct kubelet *k)
{
	free(k->unit);
	free(k->config);
	free(k->config_dir);
	free(k->stale);
	str_list_clear(&k->args);
	str_list_clear(&k->starter);
	str_list_clear(&k->files);
	str_list_clear(&k->dirs);
	kubelet_endpoint_clear(&k->image);
	kubelet_endpoint_clear(&k->runtime);
	*k = (struct kubelet){ 0 };
}

const char *
kubelet_kind_name(enum kubelet_kind kind)
{
	switch (kind) {
	case KUBELET_NONE:
		return "none";
	case KUBELET_PLAIN:
		return "kubelet";
	case KUBELET_K3S:
		return "k3s";
	case KUBELET_RKE2:
		return "rke2";
	}
	abort();
}

char *
kubelet_describe(const struct kubelet *k)
{
	const char *name = kubelet_kind_name(k->kind);

	if (k->pid > 0)
		return str_printf("%s (process %d)", name, k->pid);
	return str_printf("%s (unit %s, not running)", name, k->unit);
}

const struct kubelet_endpoint *
kubelet_image_calls(const struct kubelet *k)
{
	return kubelet_endpoint_is_set(&k->image) ? &k->image : &k->runtime;
}

/* Flags are those of the process itself.  That of the runtime holds for images
 * where no file gave them another endpoint, which one that changed may have. */
bool
kubelet_is_stale(const struct kubelet *k, const struct kubelet_endpoint *at)
{
	return k->stale != NULL &&
	       (k->args_written || at->from == NULL || at->from[0] == '/' ||
		   (at == &k->runtime && !kubelet_endpoint_is_set(&k->image)));
}

bool
kubelet_sends(const char *root, const struct kubelet *k,
    const struct kubelet_endpoint *at, const char *address)
{
	return address_same(root, at->address, address) &&
	       !kubelet_is_stale(k, at);
}

static enum kubelet_kind
kind_of(const char *process)
{
	if (strcmp(process, "kubelet") == 0)
		return KUBELET_PLAIN;
	return str_starts(process, "k3s") ? KUBELET_K3S : KUBELET_RKE2;
}

/* The one process of a kind; ERR_CONFIG if there are two. */
static int
only_one(const struct process_list *all, enum kubelet_kind kind,
    const struct process **ret, struct err *e)
{
	const struct process *found = NULL;

	for (size_t i = 0; i < all->n; i++) {
		if (kind_of(all->items[i].name) != kind)
			continue;
		if (found != NULL)
			return err_set(e, ERR_CONFIG,
			    "several kubelets run here: processes %d and %d",
			    found->pid, all->items[i].pid);
		found = &all->items[i];
	}
	*ret = found;
	return 0;
}

static void
add_starter(struct kubelet *k, const struct process *p)
{
	AUTO(str) char *all = str_list_join(&p->args, " ");
	struct err ignored;

	/* A title that was set holds all of it in one argument, and no flags. */
	if (words_split(all, NULL, &k->starter, &ignored) < 0)
		str_list_copy(&k->starter, &p->args);
}

/* RKE2 starts a kubelet of its own; of k3s it is a part. */
static int
take_processes(struct kubelet *k, const struct process_list *all,
    int64_t *started, struct err *e)
{
	const struct process *plain, *k3s, *rke2, *p;

	if (only_one(all, KUBELET_PLAIN, &plain, e) < 0 ||
	    only_one(all, KUBELET_K3S, &k3s, e) < 0 ||
	    only_one(all, KUBELET_RKE2, &rke2, e) < 0)
		return -1;
	if (k3s != NULL && (plain != NULL || rke2 != NULL))
		return err_set(e, ERR_CONFIG,
		    "several kubelets run here: processes %d and %d", k3s->pid,
		    plain != NULL ? plain->pid : rke2->pid);
	p = k3s != NULL ? k3s : rke2 != NULL ? rke2 : plain;
	if (p == NULL)
		return 0;
	k->kind = kind_of(p->name);
	k->unit = mem_strdup_null(p->service);
	if (k->kind != KUBELET_PLAIN)
		add_starter(k, p);
	if (plain != NULL) {
		p = plain;
		str_list_copy(&k->args, &p->args);
	}
	k->pid = p->pid;
	*started = p->started;
	return 0;
}

static const struct {
	const char *unit;
	enum kubelet_kind kind;
} units[] = {
	{ "kubelet.service", KUBELET_PLAIN },
	{ "k3s.service", KUBELET_K3S },
	{ "k3s-agent.service", KUBELET_K3S },
	{ "rke2-server.service", KUBELET_RKE2 },
	{ "rke2-agent.service", KUBELET_RKE2 },
};

/* By the units; of k3s and RKE2 server and agent may both be installed. */
static int
take_units(const char *root, struct kubelet *k, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		AUTO(unit) struct unit u = { 0 };

		if (unit_read(root, units[i].unit, NULL, &u, e) < 0) {
			if (e->code != ERR_NOT_FOUND)
				return -1;
			continue;
		}
		if (k->kind == units[i].kind)
			continue;
		if (k->kind != KUBELET_NONE)
			return err_set(e, ERR_CONFIG,
			    "several kubelets are installed here: %s and %s",
			    k->unit, units[i].unit);
		k->kind = units[i].kind;
		k->unit = mem_strdup(units[i].unit);
		if (unit_words(&u,
			k->kind == KUBELET_PLAIN ? &k->args : &k->starter,
			e) < 0)
			return -1;
	}
	if (k->kind == KUBELET_NONE)
		return err_set(e, ERR_NOT_FOUND,
		    "no kubelet was found: none runs, and there is no kubelet.service, k3s or rke2");
	return 0;
}

/* The command line of a k3s that runs may be hidden behind its title. */
static int
read_rancher_unit(const char *root, struct kubelet *k, struct err *e)
{
	AUTO(unit) struct unit u = { 0 };

	if (k->pid == 0 || k->unit == NULL)
		return 0;
	if (unit_read(root, k->unit, NULL, &u, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	str_list_clear(&k->starter);
	return unit_words(&u, &k->starter, e);
}

static int
read_rancher(const char *root, struct kubelet *k, struct err *e)
{
	AUTO(rancher) struct rancher r = { 0 };
	const char *name = kubelet_kind_name(k->kind);

	if (read_rancher_unit(root, k, e) < 0 ||
	    rancher_read(root, name, &k->starter, &r, e) < 0)
		return -1;
	kubelet_endpoint_set(&k->runtime,
	    r.runtime != NULL ? r.runtime : DEFAULT_RANCHER_RUNTIME,
	    r.runtime != NULL ? "container-runtime-endpoint"
			      : "its own containerd");
	if (r.image != NULL)
		kubelet_endpoint_set(&k->image, r.image,
		    "image-service-endpoint");
	/* What runs says more than what was written for it. */
	if (k->args.n > 0)
		return 0;
	k->args_written = true;
	str_list_copy(&k->args, &r.kubelet_args);
	str_list_copy(&k->files, &r.files);
	str_list_add(&k->dirs, r.dir);
	return 0;
}

static void
take_flag(const struct kubelet *k, const char *flag,
    struct kubelet_endpoint *at)
{
	const char *address = words_flag(&k->args, flag);
	AUTO(str)
	char *from =
	    str_printf("%s--%s", k->args_written ? "kubelet-arg " : "", flag);

	if (address != NULL)
		kubelet_endpoint_set(at, address, from);
}

/* Where newer ones have their kubelet's fragments. */
static char *
rancher_dir(const char *root, const struct kubelet *k)
{
	AUTO(str)
	char *dir = str_printf("/var/lib/rancher/%s/agent/etc/kubelet.conf.d",
	    kubelet_kind_name(k->kind));

	return k->args_written && root_is_dir(root, dir) ? TAKE(dir) : NULL;
}

/* Flags count more than files. */
static int
read_endpoints(const char *root, struct kubelet *k, struct err *e)
{
	struct kubelet_reading reading = { root, &k->image, &k->runtime,
		&k->files, &k->dirs };

	k->config = mem_strdup_null(words_flag(&k->args, "config"));
	k->config_dir = mem_strdup_null(words_flag(&k->args, "config-dir"));
	if (k->config_dir == NULL)
		k->config_dir = rancher_dir(root, k);
	if (kubelet_config_read(&reading, k->config, k->config_dir, e) < 0)
		return -1;
	take_flag(k, "image-service-endpoint", &k->image);
	take_flag(k, "container-runtime-endpoint", &k->runtime);
	if (!kubelet_endpoint_is_set(&k->runtime))
		kubelet_endpoint_set(&k->runtime, DEFAULT_RUNTIME,
		    "the kubelet's default");
	return 0;
}

/* This one k3s writes itself, each time it starts. */
#define K3S_DEFAULTS "00-k3s-defaults.conf"

/* The time of the last change, unlike that of what was written, is for nobody to
 * set; and of a directory it tells what was taken out. */
static bool
is_changed(const char *root, const char *path, int64_t started)
{
	AUTO(str) char *full = root_path(root, path);
	struct stat st;

	return stat(full, &st) == 0 && st.st_ctime > started;
}

/* A change that the process has not seen says nothing of what it does. */
static void
look_for_changes(const char *root, struct kubelet *k, int64_t started)
{
	AUTO(str_list) struct str_list all = { 0 };

	str_list_copy(&all, &k->files);
	str_list_copy(&all, &k->dirs);
	for (size_t i = 0; started > 0 && i < all.n; i++)
		if (strcmp(words_base_name(all.items[i]), K3S_DEFAULTS) != 0 &&
		    is_changed(root, all.items[i], started)) {
			k->stale = mem_strdup(all.items[i]);
			return;
		}
}

int
kubelet_find(const char *root, struct kubelet *ret, struct err *e)
{
	AUTO(process_list) struct process_list all = { 0 };
	int64_t started = 0;

	if (process_find(root, &all, e) < 0 ||
	    take_processes(ret, &all, &started, e) < 0)
		return -1;
	if (ret->kind == KUBELET_NONE && take_units(root, ret, e) < 0)
		return -1;
	if (ret->kind != KUBELET_PLAIN && read_rancher(root, ret, e) < 0)
		return -1;
	if (read_endpoints(root, ret, e) < 0)
		return -1;
	look_for_changes(root, ret, started);
	return 0;
}

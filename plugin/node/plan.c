/* Which file makes the kubelet go through pullgate. */
#include "node/plan.h"

#include <string.h>

#include "base/mem.h"
#include "node/address.h"
#include "node/rancher.h"
#include "node/root.h"
#include "node/unit.h"
#include "node/words.h"

#define HEAD                                                                   \
	"# Written by `pullgate node enable`; `pullgate node disable` removes it.\n"

#define IMAGE_FLAG   "image-service-endpoint"
#define RUNTIME_FLAG "container-runtime-endpoint"

void
plan_clear(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->files[i].path);
		free(p->files[i].text);
	}
	free(p->files);
	free(p->unit);
	*p = (struct plan){ 0 };
}

/* Takes both over. */
static void
add_file(struct plan *p, char *path, char *text)
{
	p->files = mem_grow(p->files, p->n, &p->cap, sizeof(*p->files));
	p->files[p->n++] = (struct plan_file){ path, text };
}

/* It is put into YAML and into a unit as it is. */
static int
check_listen(const char *listen, struct err *e)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._:-";

	if (str_starts(listen, "unix:///") &&
	    strspn(listen, plain) == strlen(listen))
		return 0;
	return err_set(e, ERR_CONFIG,
	    "`listen` is %s: the kubelet can be given a plain unix:///path only",
	    listen);
}

/* What goes to pullgate goes on to its runtime: that must be the one it went to
 * before. */
static int
check_way(const struct plan_wish *w, const struct kubelet_endpoint *at,
    const char *calls, struct err *e)
{
	if (address_same(w->root, at->address, w->listen) ||
	    address_same(w->root, at->address, w->runtime))
		return 0;
	return err_set(e, ERR_CONFIG,
	    "the kubelet sends its %s calls to %s (%s), and pullgate's `runtime` is %s: they would reach another one; set `runtime` in pullgate's configuration",
	    calls, at->address, at->from, w->runtime);
}

static int
check_ways(const struct plan_wish *w, const struct kubelet *k, struct err *e)
{
	if (check_listen(w->listen, e) < 0 ||
	    check_way(w, kubelet_image_calls(k), "image", e) < 0)
		return -1;
	return w->create_gate ? check_way(w, &k->runtime, "runtime", e) : 0;
}

/* A file of the same directory that is read later and says so too. */
static int
check_later(const struct kubelet_endpoint *at, const char *ours,
    const char *dir, struct err *e)
{
	if (at->from == NULL || !str_starts(at->from, dir) ||
	    strcmp(at->from, ours) <= 0)
		return 0;
	return err_set(e, ERR_CONFIG,
	    "%s sets an endpoint and is read after %s: take it out there first",
	    at->from, ours);
}

static int
plan_fragment(const struct plan_wish *w, const struct kubelet *k,
    struct plan *ret, struct err *e)
{
	AUTO(str) char *path = str_printf("%s/" PLAN_CONF, k->config_dir);
	AUTO(str)
	char *runtime = str_printf("containerRuntimeEndpoint: %s\n", w->listen);

	if (k->config_dir[0] != '/')
		return err_set(e, ERR_CONFIG,
		    "--config-dir is %s, which is no whole path",
		    k->config_dir);
	if (root_is_link(w->root, k->config_dir))
		return err_set(e, ERR_CONFIG,
		    "--config-dir is %s, a symbolic link, which the kubelet does not follow",
		    k->config_dir);
	if (check_later(&k->image, path, k->config_dir, e) < 0 ||
	    (w->create_gate &&
		check_later(&k->runtime, path, k->config_dir, e) < 0))
		return -1;
	add_file(ret, TAKE(path),
	    str_printf(HEAD "apiVersion: kubelet.config.k8s.io/v1beta1\n"
			    "kind: KubeletConfiguration\n"
			    "imageServiceEndpoint: %s\n%s",
		w->listen, w->create_gate ? runtime : ""));
	return 0;
}

/* Flags can be put behind a command only where that is the kubelet itself. */
static int
check_command(const struct unit *u, struct err *e)
{
	AUTO(str_list) struct str_list words = { 0 };
	const char *program;

	if (unit_words(u, &words, e) < 0)
		return -1;
	program = words.n == 0 ? "" : words_base_name(words.items[0]);
	if (strcmp(program, "kubelet") != 0)
		return err_set(e, ERR_CONFIG,
		    "%s starts \"%s\" and not the kubelet itself: flags behind that may not reach it",
		    u->exec_from, program);
	if (str_list_has(&words, ";"))
		return err_set(e, ERR_CONFIG,
		    "%s has several commands in one ExecStart=", u->exec_from);
	return 0;
}

static int
check_unit(const struct unit *u, const char *ours, struct err *e)
{
	if (check_command(u, e) < 0)
		return -1;
	if (strcmp(u->exec_from, u->path) != 0 &&
	    strcmp(words_base_name(u->exec_from), words_base_name(ours)) > 0)
		return err_set(e, ERR_CONFIG,
		    "%s sets ExecStart= and is read after %s: give it a name that comes before",
		    u->exec_from, ours);
	return 0;
}

/* The last of several flags counts for the kubelet. */
static int
plan_drop_in(const struct plan_wish *w, const struct kubelet *k,
    struct plan *ret, struct err *e)
{
	const char *name = k->unit == NULL ? "kubelet.service" : k->unit;
	AUTO(str)
	char *path = str_printf("/etc/systemd/system/%s.d/" PLAN_CONF, name);
	AUTO(str)
	char *runtime = str_printf(" --" RUNTIME_FLAG "=%s", w->listen);
	AUTO(unit) struct unit u = { 0 };

	if (unit_read(w->root, name, path, &u, e) < 0)
		return err_wrap(e,
		    "the kubelet has no --config-dir and its unit cannot be extended");
	if (check_unit(&u, path, e) < 0)
		return -1;
	add_file(ret, TAKE(path),
	    str_printf(HEAD "[Unit]\n"
			    "Wants=pullgate.socket\n"
			    "After=pullgate.socket\n"
			    "\n"
			    "[Service]\n"
			    "ExecStart=\n"
			    "ExecStart=%s --" IMAGE_FLAG "=%s%s\n",
		u.exec.items[0], w->listen, w->create_gate ? runtime : ""));
	ret->reload = true;
	return 0;
}

/* A flag counts more than a fragment. */
static int
plan_plain(const struct plan_wish *w, const struct kubelet *k, struct plan *ret,
    struct err *e)
{
	bool flags =
	    words_flag(&k->args, IMAGE_FLAG) != NULL ||
	    (w->create_gate && words_flag(&k->args, RUNTIME_FLAG) != NULL);

	ret->unit = mem_strdup(k->unit == NULL ? "kubelet.service" : k->unit);
	return k->config_dir != NULL && !flags ? plan_fragment(w, k, ret, e)
					       : plan_drop_in(w, k, ret, e);
}

/* A kubelet-arg on the command line comes after all files. */
static int
check_rancher(const struct rancher *r, const struct kubelet *k,
    const char *ours, struct err *e)
{
	AUTO(str_list) struct str_list args = { 0 };

	words_flag_all(&k->starter, "kubelet-arg", &args);
	for (size_t i = 0; i < args.n; i++)
		if (words_is_flag(args.items[i] + strspn(args.items[i], "-"),
			IMAGE_FLAG))
			return err_set(e, ERR_CONFIG,
			    "the command line of %s has --kubelet-arg=%s, which counts more than %s",
			    kubelet_kind_name(k->kind), args.items[i], ours);
	if (r->reset != NULL && strcmp(r->reset, ours) > 0 &&
	    str_starts(r->reset, r->dir))
		return err_set(e, ERR_CONFIG,
		    "%s replaces kubelet-arg and is read after %s: write \"kubelet-arg+\" there",
		    r->reset, ours);
	return 0;
}

/* The service of a k3s or RKE2 of which that is not known. */
static const char *
rancher_unit(const struct kubelet *k)
{
	bool agent =
	    k->starter.n > 1 && strcmp(k->starter.items[1], "agent") == 0;

	if (k->kind == KUBELET_K3S)
		return agent ? "k3s-agent.service" : "k3s.service";
	return agent ? "rke2-agent.service" : "rke2-server.service";
}

static int
plan_rancher(const struct plan_wish *w, const struct kubelet *k,
    struct plan *ret, struct err *e)
{
	const char *name = kubelet_kind_name(k->kind);
	AUTO(rancher) struct rancher r = { 0 };
	AUTO(str) char *path = NULL;

	if (w->create_gate)
		return err_set(e, ERR_CONFIG,
		    "the create gate cannot be had with %s: its container-runtime-endpoint switches its own containerd off; without --create-gate there is the pull gate",
		    name);
	if (rancher_read(w->root, name, &k->starter, &r, e) < 0)
		return -1;
	path = str_printf("%s/" PLAN_YAML, r.dir);
	if (check_rancher(&r, k, path, e) < 0)
		return -1;
	ret->unit = mem_strdup(k->unit == NULL ? rancher_unit(k) : k->unit);
	add_file(ret, TAKE(path),
	    str_printf(HEAD "kubelet-arg+:\n"
			    "  - \"" IMAGE_FLAG "=%s\"\n",
		w->listen));
	return 0;
}

int
plan_make(const struct plan_wish *wish, const struct kubelet *k,
    struct plan *ret, struct err *e)
{
	if (check_ways(wish, k, e) < 0)
		return -1;
	ret->create_gate = wish->create_gate;
	return k->kind == KUBELET_PLAIN ? plan_plain(wish, k, ret, e)
					: plan_rancher(wish, k, ret, e);
}

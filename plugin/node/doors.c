/* Ways past the gates, as far as files show them. */
#include "node/doors.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "cri/facts.h"
#include "node/address.h"
#include "node/containerd.h"
#include "node/root.h"
#include "node/words.h"

/* Does the kubelet send these calls here, and has it read that it should? */
static void
look_at_endpoint(const struct doors_view *v, const struct kubelet *k,
    const struct kubelet_endpoint *at, enum door_state *state, char **detail)
{
	*state =
	    kubelet_sends(v->root, k, at, v->listen) ? DOOR_CLOSED : DOOR_OPEN;
	if (kubelet_is_stale(k, at))
		*detail = str_printf(
		    "%s says %s, but the kubelet runs since before %s was changed",
		    at->from, at->address, k->stale);
	else
		*detail = str_printf("the kubelet's calls go to %s (%s)",
		    at->address, at->from);
}

/* Without the create gate an image that is on the node already is run unasked,
 * unless it is hidden. */
static void
add_uncreated(const struct doors_view *v, struct door_list *ret)
{
	static const char remedy[] =
	    "set `gates: [pull, create]` and run `pullgate node enable --create-gate`, or set `presence: verified`";

	if (v->presence)
		door_add(ret, "runtime-endpoint", DOOR_UNUSED,
		    mem_strdup(
			"`gates` has no create, and `presence` is verified"),
		    remedy);
	else
		door_add(ret, "runtime-endpoint", DOOR_OPEN,
		    mem_strdup(
			"`gates` has no create: an image that is on the node is run unasked"),
		    remedy);
}

static void
look_at_kubelet(const struct doors_view *v, const struct kubelet *k,
    const char *why, struct door_list *ret)
{
	static const char wire[] =
	    "run `pullgate node enable --restart`, or restart the kubelet";
	static const char create[] =
	    "run `pullgate node enable --create-gate --restart`";
	enum door_state state = DOOR_OPEN;
	char *detail = NULL;

	if (k == NULL)
		detail = mem_strdup(why);
	else
		look_at_endpoint(v, k, kubelet_image_calls(k), &state, &detail);
	door_add(ret, "image-endpoint", state, detail, wire);
	if (!v->create_gate) {
		add_uncreated(v, ret);
		return;
	}
	state = DOOR_OPEN;
	if (k == NULL)
		detail = mem_strdup(why);
	else
		look_at_endpoint(v, k, &k->runtime, &state, &detail);
	door_add(ret, "runtime-endpoint", state, detail, create);
}

/* Who else may write to it, in words; NULL: nobody. */
static char *
strangers_of(const char *path, const struct stat *st, gid_t allowed)
{
	/* The mode shows no more than the most that it gives to anybody. */
	if (getxattr(path, "system.posix_acl_access", NULL, 0) > 0)
		return mem_strdup(
		    "it has an ACL, which may let others connect");
	if ((st->st_mode & S_IWOTH) != 0)
		return mem_strdup("everybody may connect");
	if (st->st_uid != 0)
		return str_printf("it belongs to user %u",
		    (unsigned)st->st_uid);
	if ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0 &&
	    st->st_gid != allowed)
		return str_printf("group %u may connect", (unsigned)st->st_gid);
	return NULL;
}

static void
look_at_socket(const struct doors_view *v, const char *name,
    const char *address, gid_t allowed, struct door_list *ret)
{
	static const char remedy[] =
	    "let root alone use it: mode 0660 at most, owner and group root, no ACL (setfacl -b)";
	AUTO(str) char *path = address_path(v->root, address);
	AUTO(str) char *strangers = NULL;
	struct stat st;

	if (path == NULL || stat(path, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		door_add(ret, name, DOOR_UNKNOWN,
		    str_printf("%s is not there", address), remedy);
		return;
	}
	strangers = strangers_of(path, &st, allowed);
	door_add(ret, name, strangers == NULL ? DOOR_CLOSED : DOOR_OPEN,
	    str_printf("%s, mode %04o%s%s", address,
		(unsigned)st.st_mode & 07777, strangers == NULL ? "" : ": ",
		strangers == NULL ? "" : strangers),
	    remedy);
}

/* Is it the program that runs here, under whatever name? */
static bool
is_this_program(const struct stat *st)
{
	struct stat own;

	return stat("/proc/self/exe", &own) == 0 && own.st_dev == st->st_dev &&
	       own.st_ino == st->st_ino;
}

/* What may be run is not yet what asks. */
static bool
is_pullgate(const char *root, const char *path)
{
	AUTO(str) char *full = root_path(root, path);
	AUTO(str) char *real = realpath(full, NULL);
	struct stat st;

	return real != NULL && stat(real, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & 0111) != 0 &&
	       (strcmp(words_base_name(real), "pullgate") == 0 ||
		   is_this_program(&st));
}

/* Is one of those that containerd asks, in its order, pullgate? */
static bool
has_pullgate(const char *root, const char *dir, long most, size_t *all)
{
	AUTO(str_list) struct str_list names = { 0 };

	root_all_names(root, dir, &names);
	*all = names.n;
	for (size_t i = 0; i < names.n && (most < 0 || i < (size_t)most); i++) {
		AUTO(str) char *path = str_printf("%s/%s", dir, names.items[i]);

		if (is_pullgate(root, path))
			return true;
	}
	return false;
}

static void
look_at_bin_dir(const struct doors_view *v, const struct containerd *c,
    struct door_list *ret)
{
	static const char remedy[] =
	    "put a link to pullgate, and nothing else, into containerd's bin_dir";
	const char *dir = containerd_bin_dir(c);
	long most = containerd_max_verifiers(c);
	size_t all;

	if (has_pullgate(v->root, dir, most, &all))
		door_add(ret, "image-verifier", DOOR_CLOSED,
		    str_printf("containerd asks pullgate in bin_dir %s", dir),
		    remedy);
	else if (most >= 0 && all > (size_t)most)
		door_add(ret, "image-verifier", DOOR_OPEN,
		    str_printf(
			"bin_dir %s holds %zu files, of which containerd asks %ld (max_verifiers), none of them pullgate",
			dir, all, most),
		    remedy);
	else
		door_add(ret, "image-verifier", DOOR_OPEN,
		    str_printf("of %zu files in bin_dir %s none is pullgate%s",
			all, dir,
			all == 0 ? ": containerd allows everything" : ""),
		    remedy);
}

static void
look_at_local_pull(const struct containerd *c, struct door_list *ret)
{
	static const char remedy[] =
	    "take the settings back, or use containerd 2.1 or later: see pullgate's fragment for containerd";
	char *settings = containerd_local_pull(c);

	if (c->major != 0 && !containerd_is_at_least(c, 2, 1)) {
		free(settings);
		settings = str_printf(
		    "containerd %u.%u pulls for the CRI without its verifier",
		    c->major, c->minor);
	}
	if (settings == NULL)
		door_add(ret, "local-pull", DOOR_CLOSED,
		    mem_strdup("pulls of the CRI go to the transfer service"),
		    remedy);
	else
		door_add(ret, "local-pull", DOOR_OPEN, settings, remedy);
}

static void
add_both(struct door_list *ret, enum door_state state, const char *detail)
{
	static const char remedy[] = "mend containerd's configuration";

	door_add(ret, "image-verifier", state, mem_strdup(detail), remedy);
	door_add(ret, "local-pull", state, mem_strdup(detail), remedy);
}

/* A verifier that nobody has set up is no door: the gates do not need it. */
static void
look_at_verifier(const struct doors_view *v, const struct containerd *c,
    const char *why, struct door_list *ret)
{
	if (v->name != NULL && strcmp(v->name, "containerd") != 0)
		add_both(ret, DOOR_UNUSED, "the runtime is not containerd");
	else if (why != NULL)
		add_both(ret, DOOR_UNKNOWN, why);
	else if (containerd_bin_dir(c) == NULL)
		add_both(ret, DOOR_UNUSED,
		    "containerd's image verifier is not set up");
	else {
		look_at_bin_dir(v, c, ret);
		look_at_local_pull(c, ret);
	}
}

/* Does the runtime restore checkpoints in CreateContainer?  NULL: it does not. */
static const char *
restoring(const struct doors_view *v, const struct containerd *c)
{
	if (v->name == NULL || v->version == NULL)
		return NULL;
	if (strcmp(v->name, "cri-o") == 0)
		return "CRI-O restores checkpoints in CreateContainer";
	if (strcmp(v->name, "containerd") != 0)
		return NULL;
	if (facts_restores_checkpoints(v->version))
		return "this containerd restores checkpoints in CreateContainer";
	return containerd_is_to_restore(c)
		   ? "enable_experimental_restore_via_create is set"
		   : NULL;
}

static void
look_at_checkpoints(const struct doors_view *v, const struct containerd *c,
    bool guarded, struct door_list *ret)
{
	static const char remedy[] =
	    "have the create gate (`gates`, `pullgate node enable --create-gate`) and `checkpoints: deny`";
	const char *how = restoring(v, c);

	if (v->name == NULL || v->version == NULL)
		door_add(ret, "checkpoint-restore", DOOR_UNKNOWN,
		    mem_strdup("the runtime has not said what it is"), remedy);
	else if (how == NULL)
		door_add(ret, "checkpoint-restore", DOOR_CLOSED,
		    str_printf("%s %s does not restore in CreateContainer",
			v->name, v->version),
		    remedy);
	else if (guarded && !v->checkpoints)
		door_add(ret, "checkpoint-restore", DOOR_CLOSED,
		    mem_strdup("the create gate refuses them"), remedy);
	else
		door_add(ret, "checkpoint-restore", DOOR_OPEN,
		    str_printf("%s%s", how,
			guarded
			    ? ", and `checkpoints` is allow"
			    : ", and its calls do not go through the create gate"),
		    remedy);
}

void
doors_look(const struct doors_view *v, const struct kubelet *kubelet,
    const char *why, struct door_list *ret)
{
	AUTO(containerd) struct containerd c = { 0 };
	size_t first = ret->n;
	bool guarded;
	struct err e;
	int r;

	look_at_kubelet(v, kubelet, why, ret);
	guarded = ret->items[first + 1].state == DOOR_CLOSED;
	look_at_socket(v, "runtime-socket", v->runtime, (gid_t)-1, ret);
	look_at_socket(v, "pullgate-socket", v->listen, v->group, ret);
	r = containerd_read(v->root, v->runtime, v->version, &c, &e);
	look_at_verifier(v, &c, r < 0 ? e.msg : NULL, ret);
	look_at_checkpoints(v, &c, guarded, ret);
}

void
doors_find(const struct doors_view *v, struct door_list *ret)
{
	AUTO(kubelet) struct kubelet kubelet = { 0 };
	struct err e;
	int r = kubelet_find(v->root, &kubelet, &e);

	doors_look(v, r < 0 ? NULL : &kubelet, r < 0 ? e.msg : NULL, ret);
}

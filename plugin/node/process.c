/* Who runs. */
#include "node/process.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "node/root.h"
#include "node/words.h"

static void
process_clear(struct process *p)
{
	free(p->name);
	free(p->service);
	str_list_clear(&p->args);
	*p = (struct process){ 0 };
}

void
process_list_clear(struct process_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		process_clear(&list->items[i]);
	free(list->items);
	*list = (struct process_list){ 0 };
}

/* A file of the process; empty if it cannot be read. */
static struct buf
read_of(const char *root, int pid, const char *file)
{
	AUTO(str) char *path = str_printf("/proc/%d/%s", pid, file);
	struct buf text = buf_with_max(0);
	struct err ignored;

	if (root_read(root, path, &text, &ignored) < 0)
		buf_reset(&text);
	return text;
}

/* k3s and RKE2 are many programs; those with a kubelet in them are two.  They
 * may have set their title, which is then one argument. */
static bool
is_rancher(const struct process *p)
{
	AUTO(str) char *all = str_list_join(&p->args, " ");
	const char *word = strchr(all, ' ');

	return word != NULL && (str_starts(word + 1, "server") ||
				   str_starts(word + 1, "agent"));
}

/* Where the kernel has this process's identifiers; NULL: not known. */
static char *
namespace_of(const char *root, int pid)
{
	AUTO(str) char *path = str_printf("/proc/%d/ns", pid);
	AUTO(str) char *dir = root_path(root, path);
	AUTO(str) char *full = str_printf("%s/pid", dir);
	char text[64];
	ssize_t n = readlink(full, text, sizeof(text));

	return n <= 0 ? NULL : mem_strndup(text, (size_t)n);
}

/* Control groups that container runtimes make for what they run. */
static bool
is_contained(const char *root, int pid)
{
	static const char *const marks[] = { "kubepods", "cri-containerd-",
		"crio-", "docker-", "libpod-", "/docker/", "/lxc" };
	AUTO(buf) struct buf cgroup = read_of(root, pid, "cgroup");

	for (size_t i = 0; i < COUNT_OF(marks); i++)
		if (strstr(buf_text(&cgroup), marks[i]) != NULL)
			return true;
	return false;
}

/* What stands behind a name at the start of a line, up to its end; NULL. */
static char *
line_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, name, len) == 0)
			return mem_strndup(text + len,
			    strcspn(text + len, "\n"));
	}
	return NULL;
}

/* "NSpid:\t812\t7": a number for each namespace it is in, from ours on. */
static bool
is_in_another_namespace(const char *root, int pid, const char *status)
{
	AUTO(str) char *numbers = line_of(status, "NSpid:");
	AUTO(str) char *its = namespace_of(root, pid);
	AUTO(str) char *first = namespace_of(root, 1);
	int all, more;

	if (numbers != NULL && sscanf(numbers, "%d %d", &all, &more) == 2)
		return true;
	return its != NULL && first != NULL && strcmp(its, first) != 0;
}

/* A kubelet in a container, of a node within the node, is not the node's; where
 * the node is itself a container, all are in it. */
static bool
is_elsewhere(const char *root, int pid, const char *status)
{
	return is_in_another_namespace(root, pid, status) ||
	       (is_contained(root, pid) && !is_contained(root, 1));
}

/* Real, effective, saved and of files: who runs a program of root's has his own
 * as the first. */
static bool
is_roots(const char *status)
{
	AUTO(str) char *ids = line_of(status, "Uid:");
	unsigned id[4];

	return ids != NULL &&
	       sscanf(ids, "%u %u %u %u", &id[0], &id[1], &id[2], &id[3]) ==
		   4 &&
	       (id[0] | id[1] | id[2] | id[3]) == 0;
}

/* Such programs may become root altogether, as sudo does while it asks for a
 * password: a name that was given them by a link says nothing.  Without a privilege
 * the program of another process is not to be seen, and the doctor has it. */
static bool
is_borrowed(const char *root, int pid)
{
	AUTO(str) char *path = str_printf("/proc/%d/exe", pid);
	AUTO(str) char *full = root_path(root, path);
	struct stat st;

	return stat(full, &st) == 0 &&
	       ((st.st_mode & (S_ISUID | S_ISGID)) != 0 ||
		   getxattr(full, "security.capability", NULL, 0) > 0);
}

static bool
is_nodes(const char *root, int pid)
{
	AUTO(buf) struct buf status = read_of(root, pid, "status");
	const char *text = buf_text(&status);

	return is_roots(text) && !is_borrowed(root, pid) &&
	       !is_elsewhere(root, pid, text);
}

static bool
is_wanted(const struct process *p)
{
	if (p->args.n == 0)
		return false;
	if (strcmp(p->name, "kubelet") == 0)
		return true;
	return (str_starts(p->name, "k3s") || strcmp(p->name, "rke2") == 0) &&
	       is_rancher(p);
}

/* "0::/system.slice/kubelet.service", or a line for each hierarchy. */
static char *
service_of(const char *cgroup)
{
	const char *end = strstr(cgroup, ".service");
	const char *start = end;

	while (start != NULL && start > cgroup && start[-1] != '/' &&
	       start[-1] != '\n')
		start--;
	return start == NULL ? NULL
			     : mem_strndup(start,
				   (size_t)(end - start) + strlen(".service"));
}

/* Field 22 of /proc/PID/stat, in ticks since boot, and btime of /proc/stat. */
static int64_t
start_of(const char *root, const char *stat)
{
	AUTO(buf) struct buf all = buf_with_max(0);
	const char *p = strrchr(stat, ')'), *boot;
	struct err ignored;
	long long btime = 0, ticks = 0;

	for (int field = 2; p != NULL && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p == NULL || root_read_text(root, "/proc/stat", &all, &ignored) < 0)
		return 0;
	boot = strstr(buf_text(&all), "\nbtime ");
	if (boot == NULL || sscanf(boot, "\nbtime %lld", &btime) != 1 ||
	    sscanf(p, " %lld", &ticks) != 1)
		return 0;
	return btime + ticks / sysconf(_SC_CLK_TCK);
}

/* Field 4. */
static int
parent_of(const char *stat)
{
	const char *p = strrchr(stat, ')');
	int parent = 0;

	return p != NULL && sscanf(p, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool
is_same(const struct process *x, const struct process *y)
{
	if (strcmp(x->name, y->name) != 0 || x->args.n != y->args.n)
		return false;
	for (size_t i = 0; i < x->args.n; i++)
		if (strcmp(x->args.items[i], y->args.items[i]) != 0)
			return false;
	return true;
}

/* RKE2's kubelet is a child too, and not the same. */
static bool
is_copy(const struct process_list *list, const struct process *p)
{
	for (size_t i = 0; i < list->n; i++)
		if (p->parent == list->items[i].pid && p->parent != p->pid &&
		    is_same(p, &list->items[i]))
			return true;
	return false;
}

/* Who forks is two of the same for a moment. */
static void
drop_copies(struct process_list *list)
{
	bool drop[PROCESSES_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		drop[i] = is_copy(list, &list->items[i]);
	for (size_t i = 0; i < list->n; i++) {
		if (drop[i])
			process_clear(&list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->n = kept;
}

static void
read_process(const char *root, int pid, struct process *p)
{
	AUTO(buf) struct buf comm = read_of(root, pid, "comm");
	AUTO(buf) struct buf cmdline = read_of(root, pid, "cmdline");
	const char *name = buf_text(&comm);

	p->pid = pid;
	p->name = mem_strndup(name, strcspn(name, "\n"));
	words_of_cmdline(buf_slice(&cmdline), &p->args);
}

static void
read_rest(const char *root, struct process *p)
{
	AUTO(buf) struct buf cgroup = read_of(root, p->pid, "cgroup");
	AUTO(buf) struct buf stat = read_of(root, p->pid, "stat");

	p->service = service_of(buf_text(&cgroup));
	p->started = start_of(root, buf_text(&stat));
	p->parent = parent_of(buf_text(&stat));
}

/* One that is not wanted is left out; ERR_LIMIT. */
static int
look_at(const char *root, int pid, struct process_list *ret, struct err *e)
{
	struct process p = { 0 };

	read_process(root, pid, &p);
	if (!is_wanted(&p) || !is_nodes(root, pid)) {
		process_clear(&p);
		return 0;
	}
	if (ret->n >= PROCESSES_MAX) {
		process_clear(&p);
		return err_set(e, ERR_LIMIT,
		    "more than %d processes may be a kubelet", PROCESSES_MAX);
	}
	read_rest(root, &p);
	ret->items = mem_grow(ret->items, ret->n, &ret->cap, sizeof(p));
	ret->items[ret->n++] = p;
	return 0;
}

int
process_find(const char *root, struct process_list *ret, struct err *e)
{
	AUTO(str_list) struct str_list names = { 0 };

	root_names(root, "/proc", &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.items[i];

		if (strspn(name, "0123456789") == strlen(name) &&
		    look_at(root, (int)strtol(name, NULL, 10), ret, e) < 0)
			return -1;
	}
	drop_copies(ret);
	return 0;
}

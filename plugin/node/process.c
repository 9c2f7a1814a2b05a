/* Who runs. */
#include "node/process.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "node/root.h"
#include "node/words.h"

#define PROCESSES_MAX 64

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
namespace_of(const char *root, const char *pid)
{
	AUTO(str) char *path = str_printf("/proc/%s/ns", pid);
	AUTO(str) char *dir = root_path(root, path);
	AUTO(str) char *full = str_printf("%s/pid", dir);
	char text[64];
	ssize_t n = readlink(full, text, sizeof(text));

	return n <= 0 ? NULL : mem_strndup(text, (size_t)n);
}

/* A kubelet in a container, of a node within the node, is not the node's. */
static bool
is_elsewhere(const char *root, const char *pid)
{
	AUTO(str) char *its = namespace_of(root, pid);
	AUTO(str) char *first = namespace_of(root, "1");

	return its != NULL && first != NULL && strcmp(its, first) != 0;
}

/* Everybody may call a process kubelet; the node's is root's. */
static bool
is_roots(const char *root, const char *pid)
{
	AUTO(str) char *path = str_printf("/proc/%s", pid);
	AUTO(str) char *full = root_path(root, path);
	struct stat st;

	return stat(full, &st) == 0 && st.st_uid == 0;
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
is_child(const struct process_list *list, const struct process *p)
{
	for (size_t i = 0; i < list->n; i++)
		if (&list->items[i] != p && p->parent != 0 &&
		    p->parent == list->items[i].pid)
			return true;
	return false;
}

/* Who forks is two of the same for a moment. */
static void
drop_children(struct process_list *list)
{
	struct process_list kept = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		if (is_child(list, &list->items[i]))
			continue;
		kept.items = mem_grow(kept.items, kept.n, &kept.cap,
		    sizeof(*kept.items));
		kept.items[kept.n++] = list->items[i];
		list->items[i] = (struct process){ .pid = list->items[i].pid };
	}
	process_list_clear(list);
	*list = kept;
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

void
process_find(const char *root, struct process_list *ret)
{
	AUTO(str_list) struct str_list names = { 0 };

	root_names(root, "/proc", &names);
	for (size_t i = 0; i < names.n && ret->n < PROCESSES_MAX; i++) {
		struct process p = { 0 };

		if (strspn(names.items[i], "0123456789") !=
		    strlen(names.items[i]))
			continue;
		read_process(root, (int)strtol(names.items[i], NULL, 10), &p);
		if (!is_wanted(&p) || !is_roots(root, names.items[i]) ||
		    is_elsewhere(root, names.items[i])) {
			process_clear(&p);
			continue;
		}
		read_rest(root, &p);
		ret->items = mem_grow(ret->items, ret->n, &ret->cap, sizeof(p));
		ret->items[ret->n++] = p;
	}
	drop_children(ret);
}

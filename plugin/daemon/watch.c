/* Files that change. */
#include "daemon/watch.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

/* A change is over when nothing has happened for QUIET_MS, or after all of
 * SETTLE_MS. */
#define QUIET_MS  100
#define SETTLE_MS 2000

/* Without inotify. */
#define LOOK_MS 30000

/* As deep and as many as policies may be (policy/load.h). */
#define DEPTH_MAX 8
#define FILES_MAX 10000

#define EVENTS                                                                 \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE |            \
	    IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)

struct watch {
	void (*changed)(void *arg);
	void *arg;
	int inotify;
	int wake; /* eventfd: other paths, or the end */
	pthread_t thread;

	/* Guards what is to be looked at. */
	pthread_mutex_t lock;
	struct str_list paths;
	struct timespec since;
	bool followed; /* they are new */
	bool ending;

	/* The thread's own. */
	uint64_t known; /* what was last acted on */
};

/* What the files look like: a sum over all of them, and the latest change. */
struct look {
	uint64_t sum;
	struct timespec newest;
	size_t files;
	int inotify; /* directories on the way are watched; below 0: not */
};

static uint64_t
mix(uint64_t h, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * 1099511628211u; /* FNV-1a */
	return h;
}

static bool
is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec >= b.tv_nsec);
}

/* One file's part of the sum; the order in which they are met is nothing. */
static void
add_file(struct look *l, const char *path, const struct stat *st)
{
	uint64_t h = mix(14695981039346656037u, path, strlen(path));

	h = mix(h, &st->st_dev, sizeof(st->st_dev));
	h = mix(h, &st->st_ino, sizeof(st->st_ino));
	h = mix(h, &st->st_size, sizeof(st->st_size));
	h = mix(h, &st->st_mtim, sizeof(st->st_mtim));
	h = mix(h, &st->st_ctim, sizeof(st->st_ctim));
	l->sum += h;
	if (is_later(st->st_ctim, l->newest))
		l->newest = st->st_ctim;
}

static void
watch_directory(struct look *l, const char *path)
{
	if (l->inotify >= 0)
		(void)inotify_add_watch(l->inotify, path, EVENTS | IN_ONLYDIR);
}

static void look_at(struct look *l, const char *path, int depth);

static void
close_directory(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

static void
look_inside(struct look *l, const char *path, int depth)
{
	__attribute__((cleanup(close_directory))) DIR *d = opendir(path);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		AUTO(str) char *below = NULL;

		if (entry->d_name[0] == '.')
			continue;
		below = str_printf("%s/%s", path, entry->d_name);
		look_at(l, below, depth + 1);
	}
}

/* Watched before it is looked at, so that nothing slips between. */
static void
look_at(struct look *l, const char *path, int depth)
{
	struct stat st;

	if (depth > DEPTH_MAX || l->files++ > FILES_MAX)
		return;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		watch_directory(l, path);
		look_inside(l, path, depth);
	} else if (stat(path, &st) == 0) {
		add_file(l, path, &st);
	}
}

/* Where it stands, and where it really is: either may be replaced. */
static void
watch_parents(struct look *l, const char *path)
{
	AUTO(str) char *real = realpath(path, NULL);
	const char *both[] = { path, real };

	for (size_t i = 0; i < COUNT_OF(both); i++) {
		const char *slash =
		    both[i] == NULL ? NULL : strrchr(both[i], '/');
		AUTO(str) char *parent = NULL;

		if (slash == NULL)
			parent = mem_strdup(".");
		else
			parent = mem_strndup(both[i],
			    slash == both[i] ? 1 : (size_t)(slash - both[i]));
		watch_directory(l, parent);
	}
}

static struct look
look_at_all(struct watch *w, int inotify)
{
	struct look l = { .inotify = inotify };
	AUTO(str_list) struct str_list paths = { 0 };

	(void)pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->paths.n; i++)
		str_list_add(&paths, w->paths.items[i]);
	(void)pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < paths.n; i++) {
		watch_parents(&l, paths.items[i]);
		look_at(&l, paths.items[i], 0);
	}
	return l;
}

/* Swallow what inotify has to say; the look that follows tells what is new. */
static void
swallow(int inotify)
{
	char buffer[4096];

	while (read(inotify, buffer, sizeof(buffer)) > 0)
		;
}

static void
settle(const struct watch *w)
{
	struct pollfd fd = { .fd = w->inotify, .events = POLLIN };
	int64_t end = clock_mono_ms() + SETTLE_MS;

	do {
		swallow(w->inotify);
	} while (clock_mono_ms() < end && poll(&fd, 1, QUIET_MS) > 0);
}

/* New paths, and what became of them since they were read. */
static bool
take_followed(struct watch *w, struct timespec *since, bool *ending)
{
	bool followed;

	(void)pthread_mutex_lock(&w->lock);
	followed = w->followed;
	w->followed = false;
	*since = w->since;
	*ending = w->ending;
	(void)pthread_mutex_unlock(&w->lock);
	return followed;
}

static void
act_on(struct watch *w, const struct look *l)
{
	if (l->sum == w->known)
		return;
	w->known = l->sum;
	w->changed(w->arg);
}

static void *
run(void *obj)
{
	struct watch *w = obj;
	struct pollfd fds[] = { { .fd = w->inotify, .events = POLLIN },
		{ .fd = w->wake, .events = POLLIN } };
	struct timespec since;
	struct look l;
	bool ending = false;
	uint64_t count;

	while (!ending) {
		if (poll(fds, COUNT_OF(fds), LOOK_MS) < 0)
			continue;
		if (fds[1].revents != 0 &&
		    read(w->wake, &count, sizeof(count)) < 0)
			continue;
		if (take_followed(w, &since, &ending)) {
			l = look_at_all(w, w->inotify);
			if (is_later(l.newest, since))
				act_on(w, &l);
			w->known = l.sum;
		} else if (!ending) {
			settle(w);
			l = look_at_all(w, w->inotify);
			act_on(w, &l);
		}
	}
	return NULL;
}

struct watch *
watch_start(void (*changed)(void *arg), void *arg)
{
	struct watch *w = MEM_NEW(struct watch);

	w->changed = changed;
	w->arg = arg;
	w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->wake = eventfd(0, EFD_CLOEXEC);
	(void)pthread_mutex_init(&w->lock, NULL);
	if (w->inotify >= 0 && w->wake >= 0 &&
	    pthread_create(&w->thread, NULL, run, w) == 0)
		return w;
	log_line(LOG_WARN,
	    "policies are not watched, send SIGHUP to reload them: %s",
	    strerrordesc_np(errno));
	fd_close(&w->inotify);
	fd_close(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
	return NULL;
}

static void
wake(struct watch *w)
{
	uint64_t one = 1;

	if (write(w->wake, &one, sizeof(one)) < 0)
		log_line(LOG_WARN, "watch: %s", strerrordesc_np(errno));
}

void
watch_follow(struct watch *w, const struct str_list *paths,
    struct timespec since)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	str_list_clear(&w->paths);
	for (size_t i = 0; i < paths->n; i++)
		str_list_add(&w->paths, paths->items[i]);
	w->since = since;
	w->followed = true;
	(void)pthread_mutex_unlock(&w->lock);
	wake(w);
}

void
watch_stop(struct watch *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_mutex_unlock(&w->lock);
	wake(w);
	(void)pthread_join(w->thread, NULL);
	str_list_clear(&w->paths);
	fd_close(&w->inotify);
	fd_close(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

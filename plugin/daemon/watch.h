#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

#include <time.h>

#include "base/auto.h"
#include "base/str.h"

/*
 * Notices when files change: policies, directories of them, keys.  inotify(7)
 * tells at once: in-place writes, renames, a ConfigMap's `..data` that is
 * swapped; where it cannot (some network file systems), a look each half minute
 * does.  A burst of changes is one.
 */
struct watch;

/* changed() is called on the watch's thread; it must not wait.  NULL, with a
 * line in the log, if the system allows no more watches. */
struct watch *watch_start(void (*changed)(void *arg), void *arg);

/*
 * Look at these from now on: files, and directories with what is below them.
 * They are copied.  since: when their reading began (CLOCK_REALTIME); what
 * changed after that has changed.  Takes NULL for w.
 */
void watch_follow(struct watch *w, const struct str_list *paths,
    struct timespec since);

/* Takes NULL. */
void watch_stop(struct watch *w);

#endif

/* Signs of life for the service manager. */
#include "daemon/watchdog.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

struct watchdog {
	bool (*works)(void *arg);
	void *arg;
	int every_ms;
	int end; /* eventfd */
	pthread_t thread;
};

static void *
run(void *obj)
{
	const struct watchdog *w = obj;
	struct pollfd end = { .fd = w->end, .events = POLLIN };
	bool complained = false;

	while (poll(&end, 1, w->every_ms) <= 0) {
		if (w->works(w->arg)) {
			(void)sd_notify(0, "WATCHDOG=1");
			complained = false;
		} else if (!complained) {
			log_line(LOG_ERROR,
			    "the relay does not respond: no sign of life for the watchdog");
			complained = true;
		}
	}
	return NULL;
}

struct watchdog *
watchdog_start(bool (*works)(void *arg), void *arg)
{
	struct watchdog *w;
	uint64_t us = 0;

	if (sd_watchdog_enabled(0, &us) <= 0)
		return NULL;
	w = MEM_NEW(struct watchdog);
	w->works = works;
	w->arg = arg;
	/* Thrice in its time; poll() takes an int, and 0 would spin. */
	us /= 3000;
	w->every_ms = us < 1 ? 1 : us > 60000 ? 60000 : (int)us;
	w->end = eventfd(0, EFD_CLOEXEC);
	if (w->end >= 0 && pthread_create(&w->thread, NULL, run, w) == 0)
		return w;
	log_line(LOG_ERROR, "cannot start the watchdog's thread");
	fd_close(&w->end);
	free(w);
	return NULL;
}

void
watchdog_stop(struct watchdog *w)
{
	uint64_t one = 1;

	if (w == NULL)
		return;
	if (write(w->end, &one, sizeof(one)) == (ssize_t)sizeof(one))
		(void)pthread_join(w->thread, NULL);
	fd_close(&w->end);
	free(w);
}

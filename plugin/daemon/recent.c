/* A ring of decisions. */
#include "daemon/recent.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct recent {
	pthread_mutex_t lock;
	char *items[RECENT_MAX]; /* as text; NULL: nothing yet */
	size_t next;
};

struct recent *
recent_new(void)
{
	struct recent *r = MEM_NEW(struct recent);

	(void)pthread_mutex_init(&r->lock, NULL);
	return r;
}

void
recent_free(struct recent *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < RECENT_MAX; i++)
		free(r->items[i]);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

void
recent_note(struct recent *r, const struct json *record)
{
	AUTO(json) struct json *item = json_new_object();
	char now[CLOCK_TEXT_MAX], *text;

	clock_now_text(now);
	json_set_text(item, "time", now);
	json_merge(item, record);
	text = json_print(item, false);
	(void)pthread_mutex_lock(&r->lock);
	free(r->items[r->next]);
	r->items[r->next] = text;
	r->next = (r->next + 1) % RECENT_MAX;
	(void)pthread_mutex_unlock(&r->lock);
}

struct json *
recent_json(struct recent *r)
{
	struct json *all = json_new_array();

	(void)pthread_mutex_lock(&r->lock);
	for (size_t i = 1; i <= RECENT_MAX; i++) {
		const char *item =
		    r->items[(r->next + RECENT_MAX - i) % RECENT_MAX];
		struct json *j = NULL;
		struct err ignored;

		if (item != NULL &&
		    json_parse(slice_str(item), &j, &ignored) == 0)
			json_add(all, j);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return all;
}

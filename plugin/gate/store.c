/* Evidence that is kept. */
#include "gate/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "gate/store_disk.h"
#include "trust/hash.h"

#define BUCKETS 4096

/* Besides its bytes, about what an entry and an item cost. */
#define ENTRY_COST 512
#define ITEM_COST  512

static struct metric_family bytes = {
	.name = "pullgate_evidence_bytes",
	.help = "Evidence that is kept in memory.",
	.kind = METRIC_GAUGE,
};

struct entry {
	struct entry *next;          /* in its bucket */
	struct entry *newer, *older; /* by use */
	char name[STORE_NAME_LEN + 1];
	struct stored what;
	uint64_t cost;
};

struct store {
	struct store_settings settings;
	struct store_disk *disk; /* or NULL */
	pthread_mutex_t lock;    /* of all below */
	struct entry *buckets[BUCKETS];
	struct entry *newest, *oldest;
	uint64_t cost;
};

void
stored_clear(struct stored *s)
{
	evidence_unref(s->evidence);
	descriptor_clear(&s->target);
	*s = (struct stored){ 0 };
}

static void
stored_copy(const struct stored *from, struct stored *to)
{
	*to = (struct stored){ .evidence = evidence_ref(from->evidence),
		.fetched = from->fetched };
	descriptor_copy(&to->target, &from->target);
}

struct store *
store_new(const struct store_settings *settings)
{
	struct store *s = MEM_NEW(struct store);

	s->settings = *settings;
	s->settings.dir = NULL;
	(void)pthread_mutex_init(&s->lock, NULL);
	if (settings->dir != NULL)
		s->disk = store_disk_new(settings->dir, settings->size);
	return s;
}

static void
entry_free(struct entry *entry)
{
	stored_clear(&entry->what);
	free(entry);
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	for (struct entry *e = s->newest, *older; e != NULL; e = older) {
		older = e->older;
		entry_free(e);
	}
	store_disk_free(s->disk);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Each part ends with a NUL, which none of them has. */
void
store_name(const struct store_key *key, char ret[STORE_NAME_LEN + 1])
{
	const char *const parts[] = { key->name, key->digest,
		key->repository == NULL ? "" : key->repository,
		key->attestations ? "attestations" : "" };
	struct hash_state *state = hash_begin(HASH_SHA256);
	uint8_t md[SHA256_LEN];
	AUTO(str) char *hex = NULL;

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		hash_add(state, slice_of(parts[i], strlen(parts[i]) + 1));
	hash_end(state, md);
	hex = hex_encode(slice_of(md, sizeof(md)));
	memcpy(ret, hex, STORE_NAME_LEN + 1);
}

static uint64_t
cost_of(const struct evidence *ev)
{
	uint64_t cost = ENTRY_COST;

	for (size_t i = 0; i < ev->n; i++) {
		const struct evidence_item *item = &ev->items[i];

		cost += ITEM_COST + item->blob.len;
		for (size_t k = 0; k < item->annotations.n; k++)
			cost += strlen(item->annotations.items[k].value);
	}
	return cost;
}

/* The lock is held in all of these. */
static struct entry **
place_of(struct store *s, const char *name)
{
	char first[5] = { name[0], name[1], name[2], name[3], '\0' };
	struct entry **at = &s->buckets[strtoul(first, NULL, 16) % BUCKETS];

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

static void
unlink_use(struct store *s, struct entry *e)
{
	*(e->newer == NULL ? &s->newest : &e->newer->older) = e->older;
	*(e->older == NULL ? &s->oldest : &e->older->newer) = e->newer;
}

static void
link_newest(struct store *s, struct entry *e)
{
	e->newer = NULL;
	e->older = s->newest;
	*(s->newest == NULL ? &s->oldest : &s->newest->newer) = e;
	s->newest = e;
}

static void
drop(struct store *s, struct entry **at)
{
	struct entry *e = *at;

	*at = e->next;
	unlink_use(s, e);
	s->cost -= e->cost;
	entry_free(e);
}

static void
insert(struct store *s, const char *name, const struct stored *what)
{
	struct entry *e = MEM_NEW(struct entry), **at = place_of(s, name);

	if (*at != NULL)
		drop(s, at);
	memcpy(e->name, name, sizeof(e->name));
	stored_copy(what, &e->what);
	e->cost = cost_of(what->evidence);
	at = place_of(s, name);
	*at = e;
	link_newest(s, e);
	s->cost += e->cost;
	while (s->cost > s->settings.size && s->oldest != e)
		drop(s, place_of(s, s->oldest->name));
	metric_set(metric_get(&bytes, NULL), (int64_t)s->cost);
}

static bool
find(struct store *s, const char *name, struct stored *ret)
{
	struct entry **at = place_of(s, name);

	if (*at == NULL)
		return false;
	unlink_use(s, *at);
	link_newest(s, *at);
	stored_copy(&(*at)->what, ret);
	return true;
}

static bool
is_as_new_as(const struct store *s, const struct stored *what,
    enum store_age limit)
{
	int64_t age = clock_now() - what->fetched;

	if (limit == STORE_ANY)
		return true;
	return age >= 0 &&
	       age <= (limit == STORE_FRESH ? s->settings.ttl_s
					    : s->settings.offline_s);
}

bool
store_get(struct store *s, const struct store_key *key, enum store_age age,
    struct stored *ret)
{
	char name[STORE_NAME_LEN + 1];
	bool found;

	*ret = (struct stored){ 0 };
	store_name(key, name);
	(void)pthread_mutex_lock(&s->lock);
	found = find(s, name, ret);
	(void)pthread_mutex_unlock(&s->lock);
	if (!found && s->disk != NULL &&
	    store_disk_read(s->disk, name, key, ret)) {
		found = true;
		(void)pthread_mutex_lock(&s->lock);
		insert(s, name, ret);
		(void)pthread_mutex_unlock(&s->lock);
	}
	if (found && is_as_new_as(s, ret, age))
		return true;
	stored_clear(ret);
	return false;
}

void
store_put(struct store *s, const struct store_key *key,
    struct evidence *evidence, const struct descriptor *target)
{
	struct stored what = { .evidence = evidence,
		.target = *target,
		.fetched = clock_now() };
	char name[STORE_NAME_LEN + 1];

	store_name(key, name);
	(void)pthread_mutex_lock(&s->lock);
	insert(s, name, &what);
	(void)pthread_mutex_unlock(&s->lock);
	if (s->disk != NULL)
		store_disk_write(s->disk, name, key, &what);
}

/* Sandboxes and images that were seen: two rings. */
#include "cri/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Ids by the slot they are in; the oldest is overwritten first. */
struct slots {
	char *ids[SEEN_MAX];
	size_t oldest;
};

struct seen {
	struct slots sandboxes, images;
	uint64_t pulls; /* begun and ended */
	struct pod pods[SEEN_MAX];
	struct present presents[SEEN_MAX];
};

struct seen *
seen_new(void)
{
	return MEM_NEW(struct seen);
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < SEEN_MAX; i++) {
		free(s->sandboxes.ids[i]);
		free(s->images.ids[i]);
		pod_clear(&s->pods[i]);
		present_clear(&s->presents[i]);
	}
	free(s);
}

/* SEEN_MAX if it is in none. */
static size_t
slot_of(const struct slots *slots, const char *id)
{
	size_t i = 0;

	while (i < SEEN_MAX &&
	       (slots->ids[i] == NULL || strcmp(slots->ids[i], id) != 0))
		i++;
	return i;
}

/* Its own, or the oldest one's. */
static size_t
slot_for(struct slots *slots, const char *id)
{
	size_t i = slot_of(slots, id);

	if (i < SEEN_MAX)
		return i;
	i = slots->oldest;
	slots->oldest = (i + 1) % SEEN_MAX;
	free(slots->ids[i]);
	slots->ids[i] = mem_strdup(id);
	return i;
}

bool
seen_sandbox(const struct seen *s, const char *id, struct pod *ret)
{
	size_t i = slot_of(&s->sandboxes, id);

	if (i == SEEN_MAX)
		return false;
	pod_copy(ret, &s->pods[i]);
	return true;
}

bool
seen_image(const struct seen *s, const char *id, struct present *ret)
{
	size_t i = slot_of(&s->images, id);

	if (i == SEEN_MAX)
		return false;
	present_copy(ret, &s->presents[i]);
	return true;
}

void
seen_note_sandbox(struct seen *s, const char *id, const struct pod *pod)
{
	size_t i;

	if (pod->labels.n > SEEN_PAIRS_MAX)
		return;
	i = slot_for(&s->sandboxes, id);
	pod_clear(&s->pods[i]);
	pod_copy(&s->pods[i], pod);
}

void
seen_note_image(struct seen *s, uint64_t pulls, const struct present *image)
{
	size_t i;

	if (pulls != s->pulls ||
	    image->tags.n + image->digests.n > SEEN_PAIRS_MAX)
		return;
	i = slot_for(&s->images, image->id);
	present_clear(&s->presents[i]);
	present_copy(&s->presents[i], image);
}

uint64_t
seen_pulls(const struct seen *s)
{
	return s->pulls;
}

void
seen_pull(struct seen *s)
{
	s->pulls++;
	for (size_t i = 0; i < SEEN_MAX; i++) {
		free(s->images.ids[i]);
		s->images.ids[i] = NULL;
		present_clear(&s->presents[i]);
	}
	s->images.oldest = 0;
}

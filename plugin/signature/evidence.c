/* What a registry served as signatures, shared by who reads it. */
#include "signature/evidence.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "signature/recall.h"

struct evidence *
evidence_new(const char *image_digest)
{
	struct evidence *ev = MEM_NEW(struct evidence);

	ev->image_digest = mem_strdup(image_digest);
	ev->recall = recall_new();
	ev->refs = 1;
	return ev;
}

struct evidence_item *
evidence_add(struct evidence *ev)
{
	struct evidence_item *item;

	assert(ev->n < EVIDENCE_ITEMS_MAX);
	ev->items = mem_grow(ev->items, ev->n, &ev->cap, sizeof(*ev->items));
	item = &ev->items[ev->n++];
	*item = (struct evidence_item){ 0 };
	return item;
}

struct evidence *
evidence_ref(struct evidence *ev)
{
	(void)__atomic_add_fetch(&ev->refs, 1, __ATOMIC_RELAXED);
	return ev;
}

static void
item_clear(struct evidence_item *item)
{
	free(item->source);
	free(item->media_type);
	free(item->blob_digest);
	free((void *)(uintptr_t)item->blob.ptr);
	str_map_clear(&item->annotations);
	free(item->skipped);
}

void
evidence_unref(struct evidence *ev)
{
	if (ev == NULL ||
	    __atomic_sub_fetch(&ev->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < ev->n; i++)
		item_clear(&ev->items[i]);
	free(ev->items);
	free(ev->image_digest);
	recall_free(ev->recall);
	free(ev);
}

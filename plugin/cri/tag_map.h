#ifndef CRI_TAG_MAP_H
#define CRI_TAG_MAP_H

#include <stddef.h>

/*
 * Tags for runtimes that cannot be told of one: what was pulled by digest for
 * "registry.example.com/app:1" is found under that name again, now and after a
 * restart.  An entry goes when the runtime knows the tag itself or the image is
 * removed.  In memory, and in a file of one JSON object a line if there is one;
 * what is wrong with the file costs the memory of it alone.  On the loop's
 * thread.
 */
struct tag_map;

struct tag_entry {
	char *tag;    /* "registry.example.com/app:1", normalised */
	char *digest; /* what was verified and pulled for it */
	char *id;     /* as the runtime writes it; NULL if it said none */
	size_t age;   /* who has the least came first */
};

/* More than these are forgotten, the oldest first. */
#define TAG_MAP_MAX 10000

/* path: NULL for none. */
struct tag_map *tag_map_open(const char *path) __attribute__((returns_nonnull));
void tag_map_close(struct tag_map *m);

size_t tag_map_count(const struct tag_map *m);

/* Borrowed until the map changes; NULL if there is none. */
const struct tag_entry *tag_map_get(const struct tag_map *m, const char *tag);

/* id may be NULL. */
void tag_map_put(struct tag_map *m, const char *tag, const char *digest,
    const char *id);
void tag_map_drop(struct tag_map *m, const char *tag);

/* Everything that means an image, named by id, tag or name@digest. */
void tag_map_drop_image(struct tag_map *m, const char *name);

#endif

#ifndef CRI_SEEN_H
#define CRI_SEEN_H

#include <stdint.h>

#include "cri/pod.h"
#include "gate/present.h"

/*
 * What the runtime said of sandboxes and images that had been seen before, by
 * their whole ids.  A sandbox's pod never changes and its id is never given
 * again; an image's id is its content's, so a digest that it was known by stays
 * one of that content.  Who is refused by what was seen asks the runtime again.
 * Images are forgotten with every pull, which may give one more names.  The last
 * SEEN_MAX of each are known.  On the loop's thread.
 */
struct seen;

#define SEEN_MAX 512

struct seen *seen_new(void) __attribute__((returns_nonnull));
void seen_free(struct seen *s);

/* A copy in *ret, which is empty; false if it is not known. */
bool seen_sandbox(const struct seen *s, const char *id, struct pod *ret);
bool seen_image(const struct seen *s, const char *id, struct present *ret);

/* More labels, or more names, are not remembered: a pod's author makes them. */
#define SEEN_PAIRS_MAX 64

/* id is the whole one: runtimes take the beginning of an id for it, and what
 * that means may change. */
void seen_note_sandbox(struct seen *s, const char *id, const struct pod *pod);

/* pulls is what seen_pulls() was when the runtime was asked: what it said before
 * a pull is not noted. */
void seen_note_image(struct seen *s, uint64_t pulls,
    const struct present *image);
uint64_t seen_pulls(const struct seen *s);

/* A pull begins, or has ended, however it did. */
void seen_pull(struct seen *s);

#endif

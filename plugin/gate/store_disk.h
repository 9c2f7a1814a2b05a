#ifndef GATE_STORE_DISK_H
#define GATE_STORE_DISK_H

#include "gate/store.h"

/*
 * Evidence in a directory: a file each, named by a hash of what it is of.  Plain
 * files, since a registry is a safe copy of all of it: a write is a new file
 * renamed over the old one, so that several processes may share the directory; a
 * file has its own hash in its first line, and one that is cut, altered or not
 * ours is no evidence.  What cannot be written is not kept.
 */
struct store_disk;

struct store_disk *store_disk_new(const char *dir, uint64_t size)
    __attribute__((returns_nonnull));
void store_disk_free(struct store_disk *d);

/* False if there is none that can be used. */
bool store_disk_read(struct store_disk *d, const char *name,
    const struct store_key *key, struct stored *ret);
void store_disk_write(struct store_disk *d, const char *name,
    const struct store_key *key, const struct stored *what);

#endif

#ifndef DAEMON_RECENT_H
#define DAEMON_RECENT_H

#include "base/json.h"

/* The last decisions, for who asks how things are.  Thread-safe. */
#define RECENT_MAX 20

struct recent;

struct recent *recent_new(void) __attribute__((returns_nonnull));
void recent_free(struct recent *r);

/* The record with the time before it; it is borrowed. */
void recent_note(struct recent *r, const struct json *record);

/* An array, the latest first. */
struct json *recent_json(struct recent *r) __attribute__((returns_nonnull));

#endif

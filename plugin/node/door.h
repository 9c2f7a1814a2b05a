#ifndef NODE_DOOR_H
#define NODE_DOOR_H

#include "base/json.h"
#include "base/str.h"

/*
 * A way past the gates that may be open.  Its name is an interface: it stands in
 * the JSON, in the metric pullgate_enforcing and in the README.
 */
enum door_state {
	DOOR_UNKNOWN, /* it could not be found out */
	DOOR_UNUSED,  /* this node has no such door */
	DOOR_OPEN,
	DOOR_CLOSED
};

struct door {
	const char *name; /* a literal */
	enum door_state state;
	char *detail;       /* what was seen */
	const char *remedy; /* a literal */
};

struct door_list {
	struct door *items;
	size_t n, cap;
};

/* The detail is taken over. */
void door_add(struct door_list *list, const char *name, enum door_state state,
    char *detail, const char *remedy);

/* "unknown", "unused", "open", "closed". */
const char *door_state_name(enum door_state state);

size_t door_count(const struct door_list *list, enum door_state state);

/* [{"door", "state", "detail", "remedy"}, …]; the remedy is null unless the door
 * is open. */
struct json *door_list_json(const struct door_list *list)
    __attribute__((returns_nonnull));

void door_list_clear(struct door_list *list);
DEFINE_AUTO_INPLACE(door_list, struct door_list, door_list_clear);

#endif

/* Doors, listed. */
#include "node/door.h"

#include "base/mem.h"

void
door_list_clear(struct door_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i].detail);
	free(list->items);
	*list = (struct door_list){ 0 };
}

void
door_add(struct door_list *list, const char *name, enum door_state state,
    char *detail, const char *remedy)
{
	list->items =
	    mem_grow(list->items, list->n, &list->cap, sizeof(*list->items));
	list->items[list->n++] = (struct door){ name, state, detail, remedy };
}

const char *
door_state_name(enum door_state state)
{
	switch (state) {
	case DOOR_UNKNOWN:
		return "unknown";
	case DOOR_UNUSED:
		return "unused";
	case DOOR_OPEN:
		return "open";
	case DOOR_CLOSED:
		return "closed";
	}
	abort();
}

size_t
door_count(const struct door_list *list, enum door_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->items[i].state == state;
	return n;
}

struct json *
door_list_json(const struct door_list *list)
{
	struct json *all = json_new_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct door *door = &list->items[i];
		struct json *j = json_new_object();

		json_set_text(j, "door", door->name);
		json_set_text(j, "state", door_state_name(door->state));
		json_set_text(j, "detail", door->detail);
		json_set_text(j, "remedy",
		    door->state == DOOR_OPEN ? door->remedy : NULL);
		json_add(all, j);
	}
	return all;
}

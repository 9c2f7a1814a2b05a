/* Which annotations make a manifest one of a checkpoint. */
#include "image/checkpoint.h"

#include <string.h>

#include "base/auto.h"

static const char *const prefixes[] = { "org.criu.checkpoint.",
	"io.kubernetes.cri-o.annotations.checkpoint." };

bool
checkpoint_may_be_told(struct slice json)
{
	if (json.len == 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (memmem(json.ptr, json.len, prefixes[i],
			strlen(prefixes[i])) != NULL)
			return true;
	return memchr(json.ptr, '\\', json.len) != NULL;
}

bool
checkpoint_key(const char *key)
{
	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (str_starts(key, prefixes[i]))
			return true;
	return false;
}

bool
checkpoint_is_told(const struct str_map *annotations)
{
	for (size_t i = 0; i < annotations->n; i++)
		if (checkpoint_key(annotations->items[i].key))
			return true;
	return false;
}

void
checkpoint_copy(struct str_map *to, const struct str_map *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (checkpoint_key(from->items[i].key))
			str_map_set(to, from->items[i].key,
			    from->items[i].value);
}

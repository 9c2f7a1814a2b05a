/* Any bytes as JSON: what is taken is shallow, and says the same again. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first items of each level: deep enough, and soon done. */
static void
walk(const struct json *j, size_t budget)
{
	if (budget == 0)
		abort();
	for (size_t i = 0; json_is_array(j) && i < json_count(j) && i < 8; i++)
		walk(json_at(j, i), budget - 1);
	if (!json_is_object(j))
		return;
	for (void *it = json_iter(j); it != NULL; it = json_next(j, it)) {
		if (json_get(j, json_iter_key(it)) != json_iter_value(it))
			abort();
		if (budget > JSON_DEPTH_MAX - 4)
			walk(json_iter_value(it), budget - 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(json) struct json *j = NULL;
	AUTO(json) struct json *again = NULL;
	AUTO(str) char *text = NULL;
	AUTO(str) char *text_again = NULL;
	struct err e;

	if (json_parse(slice_of(data, size), &j, &e) < 0) {
		if (j != NULL || strstr(e.msg, " near ") != NULL ||
		    (e.code != ERR_MALFORMED && e.code != ERR_LIMIT))
			abort();
		return 0;
	}
	walk(j, JSON_DEPTH_MAX + 2);
	text = json_print(j, false);
	if (json_parse(slice_str(text), &again, &e) < 0)
		abort();
	text_again = json_print(again, false);
	if (strcmp(text, text_again) != 0)
		abort();
	return 0;
}

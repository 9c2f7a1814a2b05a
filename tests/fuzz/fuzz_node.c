/* Any bytes as containerd's configuration, and as a unit's lines: they end, and
 * what is refused is refused for a reason. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "node/toml.h"
#include "node/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_toml(struct slice text)
{
	AUTO(str_map) struct str_map values = { 0 };
	struct err e = { 0 };

	if (toml_read(text, &values, &e) < 0 && e.code != ERR_MALFORMED &&
	    e.code != ERR_LIMIT)
		abort();
}

static void
read_lines(const char *text)
{
	AUTO(str_map) struct str_map env = { 0 };
	const char *p = text;
	char *next;

	str_map_set(&env, "A", "b 'c d'");
	str_map_set(&env, "B", text);
	while ((next = words_next_line(&p)) != NULL) {
		AUTO(str) char *line = next;
		AUTO(str_list) struct str_list words = { 0 };
		struct err e = { 0 };

		if (words_split(line, &env, &words, &e) < 0 &&
		    e.code != ERR_MALFORMED)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(str) char *text = mem_strndup((const char *)data, size);
	AUTO(str_list) struct str_list words = { 0 };

	read_toml(slice_of(data, size));
	read_lines(text);
	words_of_cmdline(slice_of(data, size), &words);
	return 0;
}

/* What verified bytes say. */
#include "signature/statement.h"

#include <stdlib.h>

void
statement_clear(struct statement *s)
{
	free(s->predicate_type);
	free(s->predicate);
	free(s->reference);
	str_map_clear(&s->annotations);
	*s = (struct statement){ 0 };
}

int
statement_annotations(const struct json *object, struct str_map *ret,
    struct err *e)
{
	if (object == NULL || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return err_set(e, ERR_MALFORMED,
		    "signed annotations are no object");
	if (json_count(object) > STATEMENT_ANNOTATIONS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d signed annotations",
		    STATEMENT_ANNOTATIONS_MAX);
	for (void *it = json_iter(object); it != NULL;
	     it = json_next(object, it)) {
		const char *value = json_text(json_iter_value(it));

		if (value != NULL)
			str_map_set(ret, json_iter_key(it), value);
	}
	return 0;
}

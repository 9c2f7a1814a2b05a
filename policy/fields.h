#ifndef POLICY_FIELDS_H
#define POLICY_FIELDS_H

#include "base/str.h"
#include "base/yaml.h"

/*
 * Fields that every kind of document has: lists of texts, words out of a few,
 * maps.  Each complains into d and returns -1; *ret then is not to be used.
 */

/* NULL if the text is fine, else what is wrong with it; the caller frees it. */
typedef char *field_check(const char *text);

struct field_texts {
	const char *name;
	field_check *check;
	const char *empty; /* what to say of an empty list; NULL: it is fine */
};

int field_texts_read(const struct yaml_node *node,
    const struct field_texts *field, struct str_list *ret, struct diag *d);

/* One of n words; *ret is its place among them. */
int field_word_read(const struct yaml_node *node, const char *name,
    const char *const *words, size_t n, size_t *ret, struct diag *d);

/* A mapping of texts. */
int field_map_read(const struct yaml_node *node, const char *name,
    struct str_map *ret, struct diag *d);

/* A field that was read elsewhere, or is for people only. */
int field_nothing_read(const struct yaml_node *node, void *obj, struct diag *d);

/* A text that is not empty and not null. */
int field_text_read(const struct yaml_node *node, const char *name,
    const char **ret, struct diag *d);

#endif

#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/diag.h"
#include "base/slice.h"

/*
 * The one door to libyaml: documents as trees whose nodes know where they
 * stand.  Bounded: size, depth, nodes and what aliases expand to.  Duplicate
 * keys are refused; anchors, aliases and merge keys (<<) work.
 */
#define YAML_SIZE_MAX    (16u << 20)
#define YAML_DEPTH_MAX   64
#define YAML_NODES_MAX   200000 /* aliases count as what they stand for */
#define YAML_KEYS_MAX    4096   /* of one mapping */
#define YAML_ANCHORS_MAX 256

enum yaml_kind { YAML_NONE, YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	struct diag_pos pos;
	bool plain;        /* scalar written without quotes or block style */
	const char *value; /* scalar text, holds no NUL */
	struct yaml_node **items; /* sequence: items; mapping: values */
	struct yaml_node **keys;  /* mapping: scalars */
	size_t n;
};

struct yaml_doc {
	struct yaml_node *root; /* YAML_NONE kind for an empty document */
};

struct yaml_file;

/*
 * Parse all documents of a file.  file_name is what complaints say; it is
 * borrowed and outlives every position.  On failure every complaint is in d and
 * *ret is untouched.  Nodes are owned by the file.
 */
int yaml_parse(struct slice text, const char *file_name, struct yaml_file **ret,
    struct diag *d) MUST_CHECK;
size_t yaml_doc_count(const struct yaml_file *f);
const struct yaml_node *yaml_doc_root(const struct yaml_file *f, size_t i);
/* (yaml_free is libyaml's.) */
void yaml_file_free(struct yaml_file *f);
DEFINE_AUTO(yaml, struct yaml_file *, yaml_file_free);

/* Value of a key; NULL if node is no mapping or has none. */
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* Is this a null (empty, ~, null, written plain) or an absent node? */
bool yaml_is_null(const struct yaml_node *node);

/*
 * A mapping against a table of what may stand in it.  For each key the row's
 * function gets the value; unknown keys, missing required ones and a node that
 * is no mapping are complaints naming `what` ("spec").  Returns -1 if anything
 * was noted, by itself or by a row's function.
 */
struct yaml_field {
	const char *key;
	int (*read)(const struct yaml_node *value, void *obj, struct diag *d);
	bool required;
};

int yaml_read_mapping(const struct yaml_node *node, const char *what,
    const struct yaml_field *fields, size_t n, void *obj, struct diag *d);

/* Scalars.  Each complains and returns -1 when the node is something else. */
int yaml_read_text(const struct yaml_node *node, const char **ret,
    struct diag *d);
int yaml_read_bool(const struct yaml_node *node, bool *ret, struct diag *d);

/* A whole number from min to max. */
int yaml_read_number(const struct yaml_node *node, long long min, long long max,
    long long *ret, struct diag *d);

/* A duration as Go writes it, "10s", "1m30s", "500ms"; in milliseconds. */
int yaml_read_duration(const struct yaml_node *node, long long min_ms,
    long long max_ms, long long *ret, struct diag *d);

/* A size: bytes, or with a suffix Ki, Mi, Gi. */
int yaml_read_size(const struct yaml_node *node, long long min, long long max,
    long long *ret, struct diag *d);

#endif

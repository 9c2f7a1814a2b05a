#ifndef NODE_TOML_H
#define NODE_TOML_H

#include "base/err.h"
#include "base/slice.h"
#include "base/str.h"

/*
 * TOML (toml.io, 1.0) as far as containerd's and CRI-O's configurations go: every
 * value by the names that lead to it, "plugins/io.containerd.cri.v1.images/
 * use_local_image_pull".  Texts come without quotes, arrays as their items in
 * lines, all else as written.  Of an array of tables the last counts; a
 * table in an array gives its values as items.
 */
#define TOML_DEPTH_MAX  16 /* of arrays and inline tables */
#define TOML_VALUES_MAX 10000
#define TOML_PATH_MAX   4096 /* of names that lead to a value */

/* Adds to *ret; what is there already gets the new value.  ERR_MALFORMED, with
 * the line, or ERR_LIMIT. */
int toml_read(struct slice text, struct str_map *ret, struct err *e) MUST_CHECK;

#endif

/* Reading values out of YAML trees: mappings by table, scalars by kind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"

bool
yaml_is_null(const struct yaml_node *node)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	if (node == NULL || node->kind == YAML_NONE)
		return true;
	for (size_t i = 0; i < COUNT_OF(nulls); i++)
		if (node->kind == YAML_SCALAR && node->plain &&
		    strcmp(node->value, nulls[i]) == 0)
			return true;
	return false;
}

static const struct yaml_field *
find_field(const struct yaml_field *fields, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].key, key) == 0)
			return &fields[i];
	return NULL;
}

int
yaml_read_mapping(const struct yaml_node *node, const char *what,
    const struct yaml_field *fields, size_t n, void *obj, struct diag *d)
{
	const struct yaml_field *f;
	int r = 0;

	if (node->kind != YAML_MAPPING)
		return diag_add(d, node->pos, "%s must be a mapping", what);
	for (size_t i = 0; i < node->n; i++) {
		f = find_field(fields, n, node->keys[i]->value);
		if (f == NULL)
			r = diag_add(d, node->keys[i]->pos,
			    "unknown field \"%.100s\" in %s",
			    node->keys[i]->value, what);
		else if (f->read(node->items[i], obj, d) < 0)
			r = -1;
	}
	for (size_t i = 0; i < n; i++)
		if (fields[i].required && yaml_get(node, fields[i].key) == NULL)
			r = diag_add(d, node->pos, "%s needs \"%s\"", what,
			    fields[i].key);
	return r;
}

int
yaml_read_text(const struct yaml_node *node, const char **ret, struct diag *d)
{
	if (node->kind != YAML_SCALAR || yaml_is_null(node))
		return diag_add(d, node->pos, "a text is expected");
	*ret = node->value;
	return 0;
}

int
yaml_read_bool(const struct yaml_node *node, bool *ret, struct diag *d)
{
	bool yes = node->kind == YAML_SCALAR && node->plain &&
		   strcmp(node->value, "true") == 0;
	bool no = node->kind == YAML_SCALAR && node->plain &&
		  strcmp(node->value, "false") == 0;

	if (!yes && !no)
		return diag_add(d, node->pos, "true or false is expected");
	*ret = yes;
	return 0;
}

/* A whole number at *at; -1 if there is none or it does not fit. */
static int
take_number(const char **at, long long *ret)
{
	char *end;

	if (**at < '0' || **at > '9')
		return -1;
	errno = 0;
	*ret = strtoll(*at, &end, 10);
	if (errno != 0)
		return -1;
	*at = end;
	return 0;
}

static int
check_range(const struct yaml_node *node, long long value, long long min,
    long long max, struct diag *d)
{
	if (value < min || value > max)
		return diag_add(d, node->pos,
		    "%s is out of range (%lld to %lld)", node->value, min, max);
	return 0;
}

int
yaml_read_number(const struct yaml_node *node, long long min, long long max,
    long long *ret, struct diag *d)
{
	const char *at = node->kind == YAML_SCALAR ? node->value : "";
	long long value;

	if (take_number(&at, &value) < 0 || *at != '\0')
		return diag_add(d, node->pos, "a whole number is expected");
	if (check_range(node, value, min, max, d) < 0)
		return -1;
	*ret = value;
	return 0;
}

static const struct unit {
	const char *name;
	long long factor;
} durations[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
	{ "h", 3600000 } },
  sizes[] = { { "Ki", 1 << 10 }, { "Mi", 1 << 20 }, { "Gi", 1 << 30 } };

static long long
take_unit(const char **at, const struct unit *units, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_starts(*at, units[i].name))
			continue;
		*at += strlen(units[i].name);
		return units[i].factor;
	}
	return 0;
}

/* Go's notation: numbers with units, one behind the other. */
static int
parse_duration(const char *at, long long *ret)
{
	long long total = 0, value, factor;

	do {
		if (take_number(&at, &value) < 0)
			return -1;
		factor = take_unit(&at, durations, COUNT_OF(durations));
		if (factor == 0 ||
		    __builtin_mul_overflow(value, factor, &value) ||
		    __builtin_add_overflow(total, value, &total))
			return -1;
	} while (*at != '\0');
	*ret = total;
	return 0;
}

int
yaml_read_duration(const struct yaml_node *node, long long min_ms,
    long long max_ms, long long *ret, struct diag *d)
{
	long long value;

	if (node->kind != YAML_SCALAR ||
	    parse_duration(node->value, &value) < 0)
		return diag_add(d, node->pos,
		    "a duration is expected, such as 10s or 1m30s");
	if (value < min_ms || value > max_ms)
		return diag_add(d, node->pos,
		    "%s is out of range (%lldms to %llds)", node->value, min_ms,
		    max_ms / 1000);
	*ret = value;
	return 0;
}

int
yaml_read_size(const struct yaml_node *node, long long min, long long max,
    long long *ret, struct diag *d)
{
	const char *at = node->kind == YAML_SCALAR ? node->value : "";
	long long value, factor = 1;

	if (take_number(&at, &value) < 0)
		return diag_add(d, node->pos,
		    "a size is expected, such as 64Mi");
	if (*at != '\0')
		factor = take_unit(&at, sizes, COUNT_OF(sizes));
	if (*at != '\0' || factor == 0 ||
	    __builtin_mul_overflow(value, factor, &value))
		return diag_add(d, node->pos,
		    "a size is expected, such as 64Mi");
	if (check_range(node, value, min, max, d) < 0)
		return -1;
	*ret = value;
	return 0;
}

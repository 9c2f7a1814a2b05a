/* Roots and keys from files. */
#include "gate/material.h"

#include "base/file.h"
#include "keys/keys.h"
#include "trust/builtin.h"

int
material_root(const char *path, struct trust_root **ret, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(TRUST_ROOT_MAX);

	if (path == NULL)
		return trust_root_parse(trust_builtin(), ret, e);
	if (file_read(path, TRUST_ROOT_MAX, &text, e) < 0)
		return -1;
	return trust_root_parse(buf_slice(&text), ret, e);
}

int
material_key(const char *path, struct key **ret, struct err *e)
{
	AUTO(key_list) struct key_list keys = { 0 };

	if (keys_from_file(path, &keys, e) < 0)
		return -1;
	if (keys.n != 1)
		return err_set(e, ERR_CONFIG,
		    "%s has %zu keys, not exactly one", path, keys.n);
	*ret = key_ref(keys.items[0]);
	return 0;
}

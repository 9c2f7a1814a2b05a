/* Policies and the keys they name, bound together once and for all. */
#include "gate/ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "policy/load.h"

struct ring {
	struct policy_set *policies;
	struct key_list keys;  /* by fingerprint, none twice */
	struct str_list files; /* that keys were read from */
	atomic_uint refs;
};

static void
ring_free(struct ring *r)
{
	policy_set_free(r->policies);
	key_list_clear(&r->keys);
	str_list_clear(&r->files);
	free(r);
}

/* A relative path starts from the directory of the policy that names it. */
static char *
key_path(const struct policy_keys *keys)
{
	const char *slash = strrchr(keys->pos.file, '/');

	if (keys->file[0] == '/' || slash == NULL)
		return mem_strdup(keys->file);
	return str_printf("%.*s/%s", (int)(slash - keys->pos.file),
	    keys->pos.file, keys->file);
}

static int
read_keys(const struct policy_keys *keys, struct ring *r, struct err *e)
{
	AUTO(str) char *path = NULL;

	if (keys->pem != NULL)
		return keys_from_pem(keys->pem, &r->keys, e);
	path = key_path(keys);
	if (!str_list_has(&r->files, path))
		str_list_add(&r->files, path);
	return keys_from_file(path, &r->keys, e);
}

static int
bind_keys(struct policy_keys *keys, struct ring *r, struct diag *d)
{
	const struct key_list *all = &r->keys;
	struct err e = { 0 };
	size_t first = all->n;

	if (read_keys(keys, r, &e) < 0)
		return diag_add(d, keys->pos, "%s: %s",
		    keys->pem != NULL ? "publicKeys" : "file", e.msg);
	for (size_t i = first; i < all->n; i++) {
		const char *fingerprint = key_fingerprint(all->items[i]);

		if (!str_list_has(&keys->fingerprints, fingerprint))
			str_list_add(&keys->fingerprints, fingerprint);
	}
	assert(keys->fingerprints.n > 0);
	return 0;
}

static bool
share_a_key(const struct policy_keys *a, const struct policy_keys *b)
{
	for (size_t i = 0; i < a->fingerprints.n; i++)
		if (str_list_has(&b->fingerprints, a->fingerprints.items[i]))
			return true;
	return false;
}

/* Where several entries must hold, one signature must not stand for two. */
static int
check_distinct(const struct policy_attestor *a, struct diag *d)
{
	int bad = 0;

	for (size_t i = 1; a->count > 1 && i < a->nentries; i++) {
		size_t k = 0;

		while (k < i &&
		       !share_a_key(&a->entries[i].keys, &a->entries[k].keys))
			k++;
		if (k < i)
			bad = diag_add(d, a->entries[i].keys.pos,
			    "entries[%zu] and entries[%zu] name the same key: "
			    "one signature would count twice",
			    k, i);
	}
	return bad;
}

static int
bind_policy(struct policy *p, struct ring *r, struct diag *d)
{
	int bad = 0;

	for (size_t i = 0; i < p->nattestors; i++) {
		struct policy_attestor *a = &p->attestors[i];

		for (size_t k = 0; k < a->nentries; k++)
			bad |= bind_keys(&a->entries[k].keys, r, d);
		bad |= check_distinct(a, d);
	}
	return bad;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(key_fingerprint(*(struct key *const *)a),
	    key_fingerprint(*(struct key *const *)b));
}

static void
sort_keys(struct key_list *keys)
{
	size_t n = 0;

	if (keys->n > 1)
		qsort(keys->items, keys->n, sizeof(struct key *), compare);
	for (size_t i = 0; i < keys->n; i++) {
		struct key *key = keys->items[i];

		if (n > 0 && compare(&keys->items[n - 1], &key) == 0)
			key_free(key);
		else
			keys->items[n++] = key;
	}
	keys->n = n;
}

int
ring_load(const char *const *paths, size_t n, struct ring **ret, struct diag *d)
{
	AUTO(ring) struct ring *r = MEM_NEW(struct ring);
	int bad = 0;

	atomic_init(&r->refs, 1);
	if (policy_load(paths, n, &r->policies, d) < 0)
		return -1;
	for (size_t i = 0; i < r->policies->n; i++)
		bad |= bind_policy(r->policies->items[i], r, d);
	if (bad < 0)
		return -1;
	sort_keys(&r->keys);
	*ret = TAKE(r);
	return 0;
}

const struct policy_set *
ring_policies(const struct ring *r)
{
	return r->policies;
}

const struct str_list *
ring_files(const struct ring *r)
{
	return &r->files;
}

static int
compare_wanted(const void *fingerprint, const void *key)
{
	return strcmp(fingerprint, key_fingerprint(*(struct key *const *)key));
}

const struct key *
ring_key(const struct ring *r, const char *fingerprint)
{
	struct key *const *found;

	if (r->keys.n == 0)
		return NULL;
	found = bsearch(fingerprint, r->keys.items, r->keys.n,
	    sizeof(struct key *), compare_wanted);
	return found == NULL ? NULL : *found;
}

struct ring *
ring_ref(struct ring *r)
{
	(void)atomic_fetch_add(&r->refs, 1);
	return r;
}

void
ring_unref(struct ring *r)
{
	if (r != NULL && atomic_fetch_sub(&r->refs, 1) == 1)
		ring_free(r);
}

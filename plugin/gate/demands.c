/* What the verifier is asked. */
#include "gate/demands.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "trust/builtin.h"
#include "trust/hash.h"

#define ROOT_ID_LEN 16 /* hexadecimal digits that tell roots apart */
#define PEM_MAX     (1u << 20)

/* A relative path starts from the directory of the file that names it. */
static char *
path_of(struct diag_pos pos, const char *path)
{
	const char *slash = strrchr(pos.file, '/');

	if (path[0] == '/' || slash == NULL)
		return mem_strdup(path);
	return str_printf("%.*s/%s", (int)(slash - pos.file), pos.file, path);
}

static char *
watched_path(struct demands *all, struct diag_pos pos, const char *path)
{
	char *whole = path_of(pos, path);

	if (!str_list_has(&all->files, whole))
		str_list_add(&all->files, whole);
	return whole;
}

/* What tells this root from others. */
static char *
make_id(const char *from, const struct trust_parts *parts)
{
	const char *const texts[] = { from, parts->roots, parts->rekor_keys,
		parts->ctlog_keys, parts->tsa_chain };
	struct hash_state *state = hash_begin(HASH_SHA256);
	uint8_t md[SHA256_LEN];
	AUTO(str) char *hex = NULL;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		hash_add(state, slice_str(texts[i] == NULL ? "" : texts[i]));
		hash_add(state, slice_of("", 1));
	}
	hash_end(state, md);
	hex = hex_encode(slice_of(md, sizeof(md)));
	return mem_strndup(hex, ROOT_ID_LEN);
}

/* A trusted root in a file, or the built-in one. */
struct known_root {
	char *path; /* NULL: built in */
	char *id;
	struct trust_root *root;
};

static int
read_root(struct demands *all, const char *path, struct buf *ret, struct err *e)
{
	struct slice builtin = trust_builtin();

	if (path == NULL)
		return buf_append(ret, builtin.ptr, builtin.len) < 0
			   ? err_set(e, ERR_INTERNAL, "no room")
			   : 0;
	if (!str_list_has(&all->files, path))
		str_list_add(&all->files, path);
	return file_read(path, TRUST_ROOT_MAX, ret, e);
}

static const struct known_root *
known_root(const struct demands *all, const char *path)
{
	for (size_t i = 0; i < all->nroots; i++)
		if (str_equal_null(all->roots[i].path, path))
			return &all->roots[i];
	return NULL;
}

/* Read when the first entry needs it: who only has keys does without. */
static const struct known_root *
need_root(struct demands *all, const char *path, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(TRUST_ROOT_MAX);
	const struct known_root *known = known_root(all, path);
	struct trust_root *root = NULL;
	struct known_root *new;

	if (known != NULL)
		return known;
	if (read_root(all, path, &text, e) < 0 ||
	    trust_root_parse(buf_slice(&text), &root, e) < 0) {
		(void)err_wrap(e, "trustedRoot %s",
		    path == NULL ? "(built in)" : path);
		return NULL;
	}
	all->roots = mem_grow(all->roots, all->nroots, &all->roots_cap,
	    sizeof(*all->roots));
	new = &all->roots[all->nroots++];
	*new = (struct known_root){ mem_strdup_null(path),
		make_id(buf_text(&text), &(struct trust_parts){ NULL }), root };
	return new;
}

/* An entry while it is bound. */
struct binding {
	struct demands *all;
	struct policy_entry *entry;
	struct trust_parts parts;
	struct str_list texts; /* that parts point to */
	struct trust_root *root;
	char *root_id;
};

static int
read_text(struct binding *b, const char *path, const char **ret, struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(PEM_MAX);
	AUTO(str) char *whole = watched_path(b->all, b->entry->pos, path);

	if (file_read(whole, PEM_MAX, &text, e) < 0)
		return -1;
	if (slice_has_nul(buf_slice(&text)))
		return err_set(e, ERR_CONFIG, "%s is no PEM file", whole);
	str_list_add(&b->texts, buf_text(&text));
	*ret = b->texts.items[b->texts.n - 1];
	return 0;
}

/* Keys that are written here, and those in files. */
static int
read_rekor_keys(struct binding *b, struct err *e)
{
	const struct policy_log *log = &b->entry->log;
	AUTO(str_list) struct str_list all = { 0 };
	const char *text = NULL;

	if (log->rekor_keys != NULL)
		str_list_add(&all, log->rekor_keys);
	for (size_t i = 0; i < log->rekor_files.n; i++) {
		if (read_text(b, log->rekor_files.items[i], &text, e) < 0)
			return -1;
		str_list_add(&all, text);
	}
	if (all.n == 0)
		return 0;
	str_list_own(&b->texts, str_list_join(&all, "\n"));
	b->parts.rekor_keys = b->texts.items[b->texts.n - 1];
	return 0;
}

static int
find_parts(struct binding *b, struct err *e)
{
	const struct policy_entry *entry = b->entry;

	b->parts.ctlog_keys = entry->log.ctlog_keys;
	b->parts.tsa_chain = entry->log.tsa_chain;
	b->parts.roots = entry->kind == POLICY_ENTRY_CERTIFICATES
			     ? entry->certificates.chain
			     : entry->keyless.roots;
	if (entry->keyless.roots_file != NULL &&
	    read_text(b, entry->keyless.roots_file, &b->parts.roots, e) < 0)
		return -1;
	return read_rekor_keys(b, e);
}

static bool
has_parts(const struct trust_parts *p)
{
	return p->roots != NULL || p->rekor_keys != NULL ||
	       p->ctlog_keys != NULL || p->tsa_chain != NULL;
}

/* A key alone needs nobody else's word. */
static bool
needs_root(const struct policy_entry *entry)
{
	return entry->kind != POLICY_ENTRY_KEYS || !entry->log.ignore_tlog ||
	       entry->log.timestamp;
}

static int
find_root(struct binding *b, struct diag *d)
{
	struct demands *all = b->all;
	const struct known_root *from;
	AUTO(str) char *path = NULL;
	struct err e = { 0 };

	if (!needs_root(b->entry)) {
		b->root = trust_root_new();
		b->root_id = mem_strdup("");
		return 0;
	}
	if (b->entry->trusted_root != NULL)
		path = watched_path(all, b->entry->pos, b->entry->trusted_root);
	from = need_root(all, path != NULL ? path : all->root_path, &e);
	if (from == NULL || find_parts(b, &e) < 0)
		return diag_add(d, b->entry->pos, "%s", e.msg);
	if (!has_parts(&b->parts)) {
		b->root = trust_root_ref(from->root);
		b->root_id = mem_strdup(from->id);
		return 0;
	}
	b->root_id = make_id(from->id, &b->parts);
	if (trust_root_derive(from->root, &b->parts, &b->root, &e) < 0)
		return diag_add(d, b->entry->pos, "%s", e.msg);
	return 0;
}

/* Takes key and certificate over. */
static void
add(struct binding *b, enum demand_kind kind, struct key *key,
    struct certificate *certificate)
{
	const struct policy_log *log = &b->entry->log;
	struct demand init = {
		.kind = kind,
		.key = key,
		.certificate = certificate,
		.root = trust_root_ref(b->root),
		.tlog = !log->ignore_tlog,
		.sct = kind != DEMAND_KEY && !log->ignore_sct,
		.timestamp = log->timestamp,
	};
	struct demand *demand = demand_new(&init, b->root_id);
	struct demands *all = b->all;

	if (!str_list_has(&b->entry->demands, demand->id))
		str_list_add(&b->entry->demands, demand->id);
	all->items =
	    mem_grow(all->items, all->n, &all->cap, sizeof(*all->items));
	all->items[all->n++] = demand;
}

static int
read_keys(struct binding *b, struct key_list *ret, struct err *e)
{
	const struct policy_keys *keys = &b->entry->keys;
	AUTO(str) char *path = NULL;

	if (keys->pem != NULL)
		return keys_from_pem(keys->pem, ret, e);
	path = watched_path(b->all, keys->pos, keys->file);
	return keys_from_file(path, ret, e);
}

static int
bind_keys(struct binding *b, struct diag *d)
{
	AUTO(key_list) struct key_list found = { 0 };
	struct policy_keys *keys = &b->entry->keys;
	struct err e = { 0 };

	if (read_keys(b, &found, &e) < 0)
		return diag_add(d, keys->pos, "%s: %s",
		    keys->pem != NULL ? "publicKeys" : "file", e.msg);
	for (size_t i = 0; i < found.n; i++) {
		const char *fingerprint = key_fingerprint(found.items[i]);

		if (str_list_has(&keys->fingerprints, fingerprint))
			continue;
		str_list_add(&keys->fingerprints, fingerprint);
		add(b, DEMAND_KEY, key_ref(found.items[i]), NULL);
	}
	assert(b->entry->demands.n > 0);
	return 0;
}

static int
bind_one_certificate(struct binding *b, struct diag *d)
{
	AUTO(certificates) struct certificates list = { 0 };
	struct policy_entry *entry = b->entry;
	const struct key *key;
	struct err e = { 0 };

	if (certificates_from_pem(entry->certificates.cert, &list, &e) < 0)
		return diag_add(d, entry->pos, "cert: %s", e.msg);
	if (list.n != 1)
		return diag_add(d, entry->pos,
		    "cert has %zu certificates: the others belong in "
		    "certChain",
		    list.n);
	certificate_read_key(list.items[0]);
	key = certificate_key(list.items[0]);
	if (key == NULL)
		return diag_add(d, entry->pos,
		    "cert: its key is of a kind that is not accepted");
	str_list_add(&entry->keys.fingerprints, key_fingerprint(key));
	/* Nobody vouches for a certificate alone: it is only its key. */
	if (entry->certificates.chain == NULL)
		add(b, DEMAND_KEY, key_ref(key), NULL);
	else
		add(b, DEMAND_CERTIFICATE, NULL,
		    certificate_ref(list.items[0]));
	return 0;
}

static int
bind_entry(struct binding *b, struct diag *d)
{
	if (find_root(b, d) < 0)
		return -1;
	if (b->entry->kind == POLICY_ENTRY_KEYS)
		return bind_keys(b, d);
	if (b->entry->kind == POLICY_ENTRY_KEYLESS) {
		add(b, DEMAND_KEYLESS, NULL, NULL);
		return 0;
	}
	if (b->entry->certificates.cert != NULL)
		return bind_one_certificate(b, d);
	add(b, DEMAND_CERTIFICATE, NULL, NULL);
	return 0;
}

int
demands_bind(struct demands *all, struct policy_entry *entry, struct diag *d)
{
	struct binding b = { .all = all, .entry = entry };
	int r;

	if (!policy_entry_has_place(entry) || entry->demands.n > 0 ||
	    policy_entry_unsupported(entry) != NULL)
		return 0;
	r = bind_entry(&b, d);
	str_list_clear(&b.texts);
	trust_root_free(b.root);
	free(b.root_id);
	return r;
}

static int
compare(const void *a, const void *b)
{
	return strcmp((*(struct demand *const *)a)->id,
	    (*(struct demand *const *)b)->id);
}

void
demands_sort(struct demands *all)
{
	size_t n = 0;

	if (all->n > 1)
		qsort(all->items, all->n, sizeof(struct demand *), compare);
	for (size_t i = 0; i < all->n; i++) {
		struct demand *one = all->items[i];

		if (n > 0 && compare(&all->items[n - 1], &one) == 0)
			demand_free(one);
		else
			all->items[n++] = one;
	}
	all->n = n;
}

static int
compare_wanted(const void *id, const void *demand)
{
	return strcmp(id, (*(struct demand *const *)demand)->id);
}

const struct demand *
demands_find(const struct demands *all, const char *id)
{
	struct demand *const *found;

	if (all->n == 0)
		return NULL;
	found = bsearch(id, all->items, all->n, sizeof(struct demand *),
	    compare_wanted);
	return found == NULL ? NULL : *found;
}

void
demands_clear(struct demands *all)
{
	for (size_t i = 0; i < all->n; i++)
		demand_free(all->items[i]);
	free(all->items);
	for (size_t i = 0; i < all->nroots; i++) {
		free(all->roots[i].path);
		free(all->roots[i].id);
		trust_root_free(all->roots[i].root);
	}
	free(all->roots);
	str_list_clear(&all->files);
	*all = (struct demands){ 0 };
}

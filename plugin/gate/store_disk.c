/* Evidence in a directory. */
#include "gate/store_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "gate/evidence_json.h"
#include "image/digest.h"

/* Half as much again as a registry may send for an image, in base64. */
#define FILE_MAX   (8u << 20)
#define MAGIC      "pullgate evidence 1 "
#define FILES_MAX  100000
#define TEMP_MARK  ".new."
#define HEADER_MAX (sizeof(MAGIC) + DIGEST_TEXT_MAX + 1)

struct store_disk {
	char *dir;
	uint64_t size;
	pthread_mutex_t lock; /* of all below */
	uint64_t used;        /* bytes, as far as this process knows */
	bool complained;
};

static char *
path_of(const struct store_disk *d, const char *name)
{
	return str_printf("%s/%s", d->dir, name);
}

/* One line, once: a cache that does not work is no reason to stop. */
static void
complain(struct store_disk *d, const char *what)
{
	int saved = errno;
	bool first;

	(void)pthread_mutex_lock(&d->lock);
	first = !d->complained;
	d->complained = true;
	(void)pthread_mutex_unlock(&d->lock);
	if (first)
		log_line(LOG_WARN, "cache: %s %s: %s", what, d->dir,
		    strerrordesc_np(saved));
}

/* A file of the store, seen while the directory is read. */
struct seen {
	char name[STORE_NAME_LEN + 1];
	uint64_t size;
	int64_t changed;
};

static bool
is_name(const char *name)
{
	return strlen(name) == STORE_NAME_LEN &&
	       strspn(name, "0123456789abcdef") == STORE_NAME_LEN;
}

/* Of a write that was never finished; older than an hour, it will not be. */
static bool
is_left_over(const char *name, const struct stat *st)
{
	return strstr(name, TEMP_MARK) != NULL &&
	       st->st_mtime < time(NULL) - 3600;
}

/* All of the store's files. */
struct listing {
	struct seen *items;
	size_t n, cap;
	uint64_t bytes;
};

/* What is not ours is left alone. */
static void
look(const struct store_disk *d, struct listing *ret)
{
	DIR *dir = opendir(d->dir);
	struct dirent *entry;

	*ret = (struct listing){ 0 };
	while (dir != NULL && ret->n < FILES_MAX &&
	       (entry = readdir(dir)) != NULL) {
		struct seen *one;
		struct stat st;

		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (is_left_over(entry->d_name, &st))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
		if (!is_name(entry->d_name))
			continue;
		ret->items = mem_grow(ret->items, ret->n, &ret->cap,
		    sizeof(*ret->items));
		one = &ret->items[ret->n++];
		memcpy(one->name, entry->d_name, sizeof(one->name));
		one->size = (uint64_t)st.st_size;
		one->changed = st.st_mtime;
		ret->bytes += one->size;
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static int
compare_age(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->changed > y->changed) - (x->changed < y->changed);
}

/* Make room: the oldest go, until a tenth is free.  The lock is held. */
static void
evict(struct store_disk *d)
{
	struct listing all;

	look(d, &all);
	if (all.n > 1)
		qsort(all.items, all.n, sizeof(*all.items), compare_age);
	for (size_t i = 0; i < all.n && all.bytes > d->size / 10 * 9; i++) {
		AUTO(str) char *path = path_of(d, all.items[i].name);

		(void)unlink(path);
		all.bytes -= all.items[i].size;
	}
	d->used = all.bytes;
	free(all.items);
}

struct store_disk *
store_disk_new(const char *dir, uint64_t size)
{
	struct store_disk *d = MEM_NEW(struct store_disk);

	d->dir = mem_strdup(dir);
	d->size = size;
	(void)pthread_mutex_init(&d->lock, NULL);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		complain(d, "cannot make");
	evict(d);
	return d;
}

void
store_disk_free(struct store_disk *d)
{
	if (d == NULL)
		return;
	(void)pthread_mutex_destroy(&d->lock);
	free(d->dir);
	free(d);
}

static bool
is_of(const struct json *j, const struct store_key *key)
{
	return str_equal_null(json_get_text(j, "name"), key->name) &&
	       str_equal_null(json_get_text(j, "digest"), key->digest) &&
	       str_equal_null(json_get_text(j, "repository"),
		   key->repository) &&
	       json_is_yes(json_get(j, "attestations")) == key->attestations;
}

/* "pullgate evidence 1 sha256:…\n" and the JSON that has this hash. */
static bool
check_header(struct slice file, struct slice *body)
{
	size_t most = file.len < HEADER_MAX ? file.len : HEADER_MAX;
	const uint8_t *end = most == 0 ? NULL : memchr(file.ptr, '\n', most);
	AUTO(str) char *line = NULL;
	struct err ignored;

	if (end == NULL)
		return false;
	line = mem_strndup((const char *)file.ptr, (size_t)(end - file.ptr));
	*body = slice_of(end + 1, (size_t)(file.ptr + file.len - end) - 1);
	return str_starts(line, MAGIC) &&
	       digest_check(*body, line + strlen(MAGIC), &ignored) == 0;
}

static bool
read_body(struct slice body, const struct store_key *key, struct stored *ret)
{
	AUTO(json) struct json *j = NULL;
	struct err ignored;

	return json_parse(body, &j, &ignored) == 0 && is_of(j, key) &&
	       json_int(json_get(j, "fetched"), &ret->fetched) &&
	       ret->fetched >= 0 &&
	       evidence_target_read(json_get(j, "target"), &ret->target,
		   &ignored) == 0 &&
	       strcmp(ret->target.digest, key->digest) == 0 &&
	       ret->target.sha256 == NULL &&
	       evidence_items_read(json_get(j, "items"), key->digest,
		   &ret->evidence, &ignored) == 0;
}

bool
store_disk_read(struct store_disk *d, const char *name,
    const struct store_key *key, struct stored *ret)
{
	AUTO(buf) struct buf text = buf_with_max(FILE_MAX);
	AUTO(str) char *path = path_of(d, name);
	struct slice body;
	struct err ignored;

	*ret = (struct stored){ 0 };
	if (file_read(path, FILE_MAX, &text, &ignored) < 0)
		return false;
	if (check_header(buf_slice(&text), &body) && read_body(body, key, ret))
		return true;
	/* What came before what was wrong. */
	stored_clear(ret);
	(void)unlink(path);
	return false;
}

static char *
body_of(const struct store_key *key, const struct stored *what)
{
	AUTO(json) struct json *j = json_new_object();

	json_set_text(j, "name", key->name);
	json_set_text(j, "digest", key->digest);
	json_set_text(j, "repository", key->repository);
	json_set(j, "attestations", json_new_bool(key->attestations));
	json_set_integer(j, "fetched", what->fetched);
	json_set(j, "target", evidence_target_json(&what->target));
	json_set(j, "items", evidence_items_json(what->evidence));
	return json_print(j, false);
}

/* What no file holds: a digest that nothing in the file would prove, and more
 * than a file may have.  Told before the text is made. */
static bool
is_kept_out(const struct store_disk *d, const struct stored *what)
{
	uint64_t least = 0;

	for (size_t i = 0; i < what->evidence->n; i++)
		least += what->evidence->items[i].blob.len;
	return what->target.sha256 != NULL || least > FILE_MAX ||
	       least > d->size;
}

void
store_disk_write(struct store_disk *d, const char *name,
    const struct store_key *key, const struct stored *what)
{
	AUTO(str) char *path = path_of(d, name);
	AUTO(str) char *body = NULL;
	AUTO(str) char *text = NULL;
	char digest[DIGEST_TEXT_MAX];

	if (is_kept_out(d, what))
		return;
	body = body_of(key, what);
	digest_of(slice_str(body), digest);
	text = str_printf(MAGIC "%s\n%s", digest, body);
	if (strlen(text) > d->size || strlen(text) > FILE_MAX)
		return;
	if (file_replace(path, slice_str(text)) < 0) {
		complain(d, "cannot write to");
		return;
	}
	(void)pthread_mutex_lock(&d->lock);
	d->used += strlen(text);
	if (d->used > d->size)
		evict(d);
	(void)pthread_mutex_unlock(&d->lock);
}

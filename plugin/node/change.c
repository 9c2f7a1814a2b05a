/* Files shown, written and removed. */
#include "node/change.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "image/digest.h"
#include "node/root.h"

/* What a file is to the ledger. */
enum state { STATE_ABSENT, STATE_OURS, STATE_CHANGED, STATE_FOREIGN };

/* text gets what is there. */
static int
look(const struct change *c, const char *path, struct buf *text,
    enum state *ret, struct err *e)
{
	const struct ledger_file *file = ledger_find(c->ledger, path);
	char have[DIGEST_TEXT_MAX];

	if (root_read(c->root, path, text, e) < 0) {
		*ret = STATE_ABSENT;
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	}
	digest_of(buf_slice(text), have);
	if (file == NULL)
		*ret = STATE_FOREIGN;
	else if (strcmp(file->hash, have) == 0 ||
		 str_equal_null(file->previous, have))
		*ret = STATE_OURS;
	else
		*ret = STATE_CHANGED;
	return 0;
}

static int
check_file(const struct change *c, const struct plan_file *file, bool *done,
    struct err *e)
{
	AUTO(buf) struct buf text = buf_with_max(0);
	enum state state;

	if (root_check_owners(c->root, file->path, e) < 0 ||
	    look(c, file->path, &text, &state, e) < 0)
		return -1;
	if (state == STATE_FOREIGN)
		return err_set(e, ERR_CONFIG,
		    "%s is there and was not written by `pullgate node enable` (" LEDGER_PATH
		    " does not list it)",
		    file->path);
	if (state == STATE_CHANGED)
		return err_set(e, ERR_CONFIG,
		    "%s was changed since `pullgate node enable` wrote it",
		    file->path);
	if (state == STATE_ABSENT || !slice_is(buf_slice(&text), file->text))
		*done = false;
	return 0;
}

static bool
is_planned(const struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->files[i].path, path) == 0)
			return true;
	return false;
}

int
change_check(const struct change *c, bool *done, struct err *e)
{
	*done = true;
	if (root_check_owners(c->root, LEDGER_PATH, e) < 0)
		return -1;
	for (size_t i = 0; i < c->plan->n; i++)
		if (check_file(c, &c->plan->files[i], done, e) < 0)
			return -1;
	for (size_t i = 0; i < c->ledger->n; i++)
		if (!is_planned(c->plan, c->ledger->files[i].path))
			return err_set(e, ERR_CONFIG,
			    "it was enabled in another way before, by %s: run `pullgate node disable` first",
			    c->ledger->files[i].path);
	return 0;
}

static void
put(struct buf *out, const char *s, size_t len)
{
	if (buf_append(out, s, len) < 0)
		abort(); /* files are bounded, and so is what is made of them */
}

static void
put_lines(struct buf *out, char sign, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		put(out, &sign, 1);
		put(out, text, len);
		put(out, "\n", 1);
		text += len + (text[len] == '\n');
	}
}

static void
put_head(struct buf *out, const char *from, const char *to)
{
	AUTO(str) char *head = str_printf("--- %s\n+++ %s\n", from, to);

	put(out, head, strlen(head));
}

static char *
show(const struct buf *out)
{
	return mem_strdup(buf_text(out));
}

char *
change_show(const struct change *c)
{
	AUTO(buf) struct buf out = buf_with_max(64u << 20);

	for (size_t i = 0; i < c->plan->n; i++) {
		const struct plan_file *file = &c->plan->files[i];
		AUTO(buf) struct buf old = buf_with_max(0);
		struct err ignored;
		bool is_new =
		    root_read_text(c->root, file->path, &old, &ignored) < 0;

		put_head(&out, is_new ? "/dev/null" : file->path, file->path);
		put_lines(&out, '-', buf_text(&old));
		put_lines(&out, '+', file->text);
	}
	return show(&out);
}

char *
change_show_undo(const struct change *c)
{
	AUTO(buf) struct buf out = buf_with_max(64u << 20);

	for (size_t i = 0; i < c->ledger->n; i++) {
		const char *path = c->ledger->files[i].path;
		AUTO(buf) struct buf old = buf_with_max(0);
		struct err ignored;

		if (root_read_text(c->root, path, &old, &ignored) < 0)
			continue;
		put_head(&out, path, "/dev/null");
		put_lines(&out, '-', buf_text(&old));
	}
	return show(&out);
}

/* The directories above a path that are not there, the highest first. */
static void
add_missing(const char *root, const char *path, struct str_list *ret)
{
	for (const char *p = strchr(path + 1, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		AUTO(str) char *dir = mem_strndup(path, (size_t)(p - path));

		if (!root_has(root, dir) && !str_list_has(ret, dir))
			str_list_add(ret, dir);
	}
}

static int
make_dirs(const char *root, const struct str_list *dirs, struct err *e)
{
	for (size_t i = 0; i < dirs->n; i++) {
		AUTO(str) char *full = root_path(root, dirs->items[i]);

		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			return err_errno(e, errno, "cannot make %s",
			    dirs->items[i]);
	}
	return 0;
}

/* What a file will hold, and what it holds as long as it does not. */
static void
note_file(const struct change *c, const struct plan_file *file)
{
	AUTO(buf) struct buf old = buf_with_max(0);
	char holds[DIGEST_TEXT_MAX], hash[DIGEST_TEXT_MAX];
	struct err ignored;
	bool there = root_read(c->root, file->path, &old, &ignored) == 0;

	digest_of(buf_slice(&old), holds);
	digest_of(slice_str(file->text), hash);
	ledger_note(c->ledger, file->path, there ? holds : NULL, hash);
	add_missing(c->root, file->path, &c->ledger->dirs);
}

static int
note(const struct change *c, struct err *e)
{
	struct ledger *l = c->ledger;

	add_missing(c->root, LEDGER_PATH, &l->dirs);
	if (make_dirs(c->root, &l->dirs, e) < 0)
		return -1;
	for (size_t i = 0; i < c->plan->n; i++)
		note_file(c, &c->plan->files[i]);
	free(l->unit);
	l->unit = mem_strdup_null(c->plan->unit);
	l->reload = c->plan->reload;
	l->create_gate = c->plan->create_gate;
	if (ledger_write(c->root, l, e) < 0)
		return -1;
	return make_dirs(c->root, &l->dirs, e);
}

int
change_do(const struct change *c, struct err *e)
{
	if (note(c, e) < 0)
		return -1;
	for (size_t i = 0; i < c->plan->n; i++)
		if (root_write(c->root, c->plan->files[i].path,
			c->plan->files[i].text, e) < 0)
			return -1;
	ledger_settle(c->ledger);
	return ledger_write(c->root, c->ledger, e);
}

int
change_check_undo(const struct change *c, struct err *e)
{
	for (size_t i = 0; i < c->ledger->n; i++) {
		const char *path = c->ledger->files[i].path;
		AUTO(buf) struct buf text = buf_with_max(0);
		enum state state;

		if (look(c, path, &text, &state, e) < 0)
			return -1;
		if (state == STATE_CHANGED)
			return err_set(e, ERR_CONFIG,
			    "%s was changed since `pullgate node enable` wrote it: nothing is removed; mend or remove it by hand",
			    path);
	}
	return 0;
}

/* Those that hold something by now stay. */
static void
remove_dirs(const struct change *c)
{
	for (size_t i = c->ledger->dirs.n; i > 0; i--) {
		AUTO(str)
		char *full = root_path(c->root, c->ledger->dirs.items[i - 1]);

		(void)rmdir(full);
	}
}

static int
remove_file(const struct change *c, const char *path, struct err *e)
{
	AUTO(str) char *full = root_path(c->root, path);

	if (unlink(full) < 0 && errno != ENOENT)
		return err_errno(e, errno, "cannot remove %s", path);
	return 0;
}

int
change_undo(const struct change *c, struct err *e)
{
	for (size_t i = 0; i < c->ledger->n; i++)
		if (remove_file(c, c->ledger->files[i].path, e) < 0)
			return -1;
	remove_dirs(c);
	if (remove_file(c, LEDGER_PATH, e) < 0)
		return -1;
	remove_dirs(c);
	return 0;
}

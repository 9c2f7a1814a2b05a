/* Files written, and taken back byte for byte: whole, broken off, disturbed. */
#include "node/change.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "node_world.h"

#define ONE "/etc/a/b/90-pullgate.conf"
#define TWO "/etc/c/90-pullgate.yaml"

/* So much longer is the second. */
#define LONG 8192

static void
add(struct plan *p, const char *path, const char *text)
{
	p->files = mem_grow(p->files, p->n, &p->cap, sizeof(*p->files));
	p->files[p->n++] =
	    (struct plan_file){ mem_strdup(path), mem_strdup(text) };
}

/* Two files, of a unit that must be read anew. */
static void
plan_of(struct plan *p, const char *text)
{
	add(p, ONE, text);
	add(p, TWO, text);
	p->unit = mem_strdup("kubelet.service");
	p->reload = true;
}

static void
enable(const char *root, const char *text)
{
	AUTO(plan) struct plan plan = { 0 };
	AUTO(ledger) struct ledger ledger = { 0 };
	struct change c = { root, &plan, &ledger };
	bool done = false;
	struct err e;

	plan_of(&plan, text);
	CHECK_OK(ledger_read(root, &ledger, &e), &e);
	CHECK_OK(change_check(&c, &done, &e), &e);
	CHECK(!done);
	CHECK_OK(change_do(&c, &e), &e);
}

/* May it be enabled with this text? */
static int
check(const char *root, const char *text, bool *done, struct err *e)
{
	AUTO(plan) struct plan plan = { 0 };
	AUTO(ledger) struct ledger ledger = { 0 };
	struct change c = { root, &plan, &ledger };

	plan_of(&plan, text);
	if (ledger_read(root, &ledger, e) < 0)
		return -1;
	return change_check(&c, done, e);
}

static int
disable(const char *root, struct err *e)
{
	struct plan none = { 0 };
	AUTO(ledger) struct ledger ledger = { 0 };
	struct change c = { root, &none, &ledger };

	if (ledger_read(root, &ledger, e) < 0 || change_check_undo(&c, e) < 0)
		return -1;
	return change_undo(&c, e);
}

/* A node with some of the directories. */
static char *
some_node(void)
{
	char *root = node_new();

	node_put(root, "/etc/a/kubelet.conf", "theirs\n");
	node_put(root, "/var/lib/x", "");
	return root;
}

TEST(written_and_taken_back)
{
	AUTO(node) char *root = some_node();
	AUTO(str) char *before = node_picture(root);
	AUTO(str) char *after = NULL, *text = NULL, *full = NULL;
	struct stat st;
	bool done = false;
	struct err e;

	enable(root, "x: 1\n");
	text = node_text(root, ONE);
	CHECK_STR(text, "x: 1\n");
	full = str_printf("%s" ONE, root);
	CHECK(stat(full, &st) == 0 && (st.st_mode & 0777) == 0644);
	CHECK_OK(check(root, "x: 1\n", &done, &e), &e);
	CHECK(done);
	CHECK_OK(disable(root, &e), &e);
	after = node_picture(root);
	CHECK_STR(after, before);
	/* Again: there is nothing to take back. */
	CHECK_OK(disable(root, &e), &e);
}

TEST(written_twice_with_other_words)
{
	AUTO(node) char *root = some_node();
	AUTO(str) char *before = node_picture(root);
	AUTO(str) char *after = NULL, *text = NULL, *ledger = NULL;
	struct err e;

	enable(root, "x: 1\n");
	enable(root, "x: 2\n");
	text = node_text(root, TWO);
	CHECK_STR(text, "x: 2\n");
	ledger = node_text(root, LEDGER_PATH);
	CHECK(strstr(ledger, "previous") == NULL);
	CHECK_OK(disable(root, &e), &e);
	after = node_picture(root);
	CHECK_STR(after, before);
}

TEST(what_others_put_into_our_directories_stays)
{
	AUTO(node) char *root = some_node();
	AUTO(str) char *text = NULL, *ours = NULL;
	struct err e;

	enable(root, "x: 1\n");
	node_put(root, "/etc/c/theirs", "y\n");
	CHECK_OK(disable(root, &e), &e);
	text = node_text(root, "/etc/c/theirs");
	CHECK_STR(text, "y\n");
	ours = node_text(root, TWO);
	CHECK_STR(ours, "");
}

TEST(a_file_in_the_way_that_is_not_ours)
{
	AUTO(node) char *root = some_node();
	bool done;
	struct err e;

	node_put(root, TWO, "theirs\n");
	CHECK_ERR(check(root, "x: 1\n", &done, &e), &e, ERR_CONFIG);
	CHECK_HAS(e.msg, TWO " is there and was not written by");
	/* Even if it says the same. */
	node_put(root, TWO, "x: 1\n");
	CHECK_ERR(check(root, "x: 1\n", &done, &e), &e, ERR_CONFIG);
}

TEST(a_file_that_was_changed_since)
{
	AUTO(node) char *root = some_node();
	AUTO(str) char *text = NULL, *other = NULL;
	bool done;
	struct err e;

	enable(root, "x: 1\n");
	node_put(root, TWO, "x: 1\n# theirs\n");
	CHECK_ERR(check(root, "x: 1\n", &done, &e), &e, ERR_CONFIG);
	CHECK_HAS(e.msg, TWO " was changed since");
	CHECK_ERR(disable(root, &e), &e, ERR_CONFIG);
	CHECK_HAS(e.msg, TWO " was changed since");
	/* Nothing of it was removed. */
	text = node_text(root, TWO);
	CHECK_STR(text, "x: 1\n# theirs\n");
	other = node_text(root, ONE);
	CHECK_STR(other, "x: 1\n");
	/* One that somebody removed is no hindrance. */
	node_put(root, TWO, "x: 1\n");
	CHECK_OK(disable(root, &e), &e);
}

TEST(enabled_in_another_way_before)
{
	AUTO(node) char *root = some_node();
	AUTO(plan) struct plan plan = { 0 };
	AUTO(ledger) struct ledger ledger = { 0 };
	struct change c = { root, &plan, &ledger };
	bool done;
	struct err e;

	enable(root, "x: 1\n");
	add(&plan, "/etc/other.conf", "x\n");
	CHECK_OK(ledger_read(root, &ledger, &e), &e);
	CHECK_ERR(change_check(&c, &done, &e), &e, ERR_CONFIG);
	CHECK_HAS(e.msg, "another way before, by " ONE);
}

/* Whoever has a say in where it would be written could lead it elsewhere. */
TEST(nothing_is_written_where_others_may_write)
{
	static const struct {
		const char *path;
		mode_t mode;
		uid_t uid;
		gid_t gid;
		const char *want;
	} rows[] = {
		{ "/etc/a", 0755, 1000, 0, "/etc/a belongs to user 1000" },
		{ "/etc/a", 01777, 0, 0, "/etc/a (mode 1777)" },
		{ "/etc/a", 0775, 0, 50, "/etc/a (mode 0775)" },
		{ "/etc/a", 0775, 0, 0, NULL },
		{ "/etc", 0757, 0, 0, "may write to /etc (mode 0757)" },
		{ "/var/lib", 0777, 0, 0, "may write to /var/lib (mode 0777)" },
		{ "/link", 0755, 1000, 0, "/link belongs to user 1000" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = some_node();
		AUTO(str) char *full = str_printf("%s%s", root, rows[i].path);
		bool done;
		struct err e;

		if (strcmp(rows[i].path, "/link") == 0) {
			node_link(root, "/etc/c", "/link");
			node_mkdir(root, rows[i].path);
		}
		CHECK(chown(full, rows[i].uid, rows[i].gid) == 0);
		CHECK(chmod(full, rows[i].mode) == 0);
		if (rows[i].want == NULL) {
			CHECK_OK(check(root, "x\n", &done, &e), &e);
			continue;
		}
		CHECK_ERR(check(root, "x\n", &done, &e), &e, ERR_DENIED);
		CHECK_HAS(e.msg, rows[i].want);
	}
}

/* The ledger is written, and of the files the first or, after all, none; the
 * second cannot be, since it is too long. */
static void
break_off(const char *root, const char *text, bool first)
{
	AUTO(str) char *old = node_text(root, ONE);
	AUTO(plan) struct plan plan = { 0 };
	AUTO(ledger) struct ledger l = { 0 };
	AUTO(str) char *more = str_printf("%s#%*s\n", text, LONG, "");
	const struct rlimit small = { LONG / 2, RLIM_INFINITY };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct change c = { root, &plan, &l };
	struct err e;

	add(&plan, ONE, text);
	add(&plan, TWO, more);
	CHECK_OK(ledger_read(root, &l, &e), &e);
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	CHECK_ERR(change_do(&c, &e), &e, ERR_SYSTEM);
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	CHECK_HAS(e.msg, "cannot write " TWO ": File too large");
	if (!first)
		node_put(root, ONE, old);
}

TEST(broken_off_half_way)
{
	/* A file too large is an error then, and not the end. */
	(void)signal(SIGXFSZ, SIG_IGN);

	static const struct {
		bool before, first, again;
	} rows[] = {
		{ false, true, false },
		{ false, true, true },
		{ true, true, false },
		{ true, true, true },
		{ true, false, false },
		{ true, false, true },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(node) char *root = some_node();
		AUTO(str) char *before = NULL, *after = NULL;
		bool done = false;
		struct err e;

		node_mkdir(root, "/etc/c");
		before = node_picture(root);
		if (rows[i].before)
			enable(root, "x: 1\n");
		break_off(root, "x: 2\n", rows[i].first);
		/* Every way is open: to go on, to another, and back. */
		CHECK_OK(check(root, "x: 2\n", &done, &e), &e);
		CHECK(!done);
		CHECK_OK(check(root, "x: 1\n", &done, &e), &e);
		if (rows[i].again) {
			break_off(root, "x: 3\n", true);
			enable(root, "x: 4\n");
		}
		CHECK_OK(disable(root, &e), &e);
		after = node_picture(root);
		CHECK_STR(after, before);
	}
}

TEST(taking_back_that_was_broken_off)
{
	AUTO(node) char *root = some_node();
	AUTO(str) char *before = node_picture(root);
	AUTO(str) char *after = NULL;
	AUTO(str) char *full = str_printf("%s" ONE, root);
	struct err e;

	enable(root, "x: 1\n");
	CHECK(unlink(full) == 0);
	CHECK_OK(disable(root, &e), &e);
	after = node_picture(root);
	CHECK_STR(after, before);
}

TEST(what_would_be_done_is_shown)
{
	AUTO(node) char *root = some_node();
	AUTO(plan) struct plan plan = { 0 };
	AUTO(ledger) struct ledger ledger = { 0 };
	struct change c = { root, &plan, &ledger };
	AUTO(str) char *new = NULL, *again = NULL, *undo = NULL;
	struct err e;

	plan_of(&plan, "x: 2\ny: 3");
	new = change_show(&c);
	CHECK_STR(new, "--- /dev/null\n+++ " ONE "\n+x: 2\n+y: 3\n"
		       "--- /dev/null\n+++ " TWO "\n+x: 2\n+y: 3\n");
	enable(root, "x: 1\n");
	again = change_show(&c);
	CHECK_HAS(again, "--- " ONE "\n+++ " ONE "\n-x: 1\n+x: 2\n+y: 3\n");
	CHECK_OK(ledger_read(root, &ledger, &e), &e);
	undo = change_show_undo(&c);
	CHECK_STR(undo, "--- " ONE "\n+++ /dev/null\n-x: 1\n"
			"--- " TWO "\n+++ /dev/null\n-x: 1\n");
}

TEST(the_ledger_keeps_all_of_it)
{
	AUTO(node) char *root = some_node();
	AUTO(ledger) struct ledger l = { 0 };
	AUTO(str) char *dirs = NULL;
	struct err e;

	enable(root, "x: 1\n");
	CHECK_OK(ledger_read(root, &l, &e), &e);
	CHECK(l.exists && l.reload);
	CHECK_STR(l.unit, "kubelet.service");
	CHECK_INT(l.n, 2);
	CHECK(ledger_find(&l, ONE) != NULL && ledger_find(&l, "/x") == NULL);
	dirs = str_list_join(&l.dirs, " ");
	CHECK_STR(dirs, "/var/lib/pullgate /etc/a/b /etc/c");
}

#define HASH                                                                   \
	"sha256:1111111111111111111111111111111111111111111111111111111111111111"

TEST(a_ledger_that_is_not_ours_is_refused)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"version\": 2}",
		"{\"version\": 1, \"files\": [{\"path\": \"/x\"}]}",
		"{\"version\": 1, \"files\": [{\"path\": \"x\", \"sha256\": \"" HASH
		"\"}]}",
		"{\"version\": 1, \"files\": [{\"path\": \"/x/../../etc/y\", \"sha256\": \"" HASH
		"\"}]}",
		"{\"version\": 1, \"files\": [{\"path\": \"/x\", \"sha256\": \"" HASH
		"\", \"previous\": \"no\"}]}",
		"{\"version\": 1, \"directories\": [\"/x/..\"]}",
		"{\"version\": 1, \"directories\": [1]}",
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		AUTO(node) char *root = node_new();
		AUTO(ledger) struct ledger l = { 0 };
		struct err e;

		node_put(root, LEDGER_PATH, texts[i]);
		CHECK_ERR(ledger_read(root, &l, &e), &e, ERR_MALFORMED);
		CHECK_HAS(e.msg, LEDGER_PATH);
	}
}

TEST_MAIN

#ifndef NODE_LEDGER_H
#define NODE_LEDGER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/*
 * What `node enable` wrote, kept so that `node disable` takes away that and no
 * more: files with their hashes, and the directories that were made for them.
 * It is written before them, so that whatever is there can be taken back.
 */
#define LEDGER_PATH "/var/lib/pullgate/node.json"

struct ledger_file {
	char *path;
	char *hash;     /* "sha256:…" of what it is to hold */
	char *previous; /* of what it held, while it is written; or NULL */
};

struct ledger {
	bool exists;
	struct ledger_file *files;
	size_t n, cap;
	struct str_list dirs; /* in the order they were made */
	char *unit;           /* of the kubelet; NULL: not known */
	bool reload;          /* a file is one of the unit */
	bool create_gate;     /* the runtime's calls were wanted too */
};

/* One that is not there leaves *ret empty.  ERR_MALFORMED for one that is not
 * ours.  The caller clears *ret whatever comes. */
int ledger_read(const char *root, struct ledger *ret, struct err *e) MUST_CHECK;

/* The directory must be there. */
int ledger_write(const char *root, const struct ledger *l,
    struct err *e) MUST_CHECK;

/* The entry, borrowed; NULL if it is not listed. */
struct ledger_file *ledger_find(const struct ledger *l, const char *path);

/* The file is to hold this from now on; what it holds (NULL: it is not there) is
 * remembered until ledger_settle(). */
void ledger_note(struct ledger *l, const char *path, const char *holds,
    const char *hash);

/* All files hold what they are to. */
void ledger_settle(struct ledger *l);

void ledger_clear(struct ledger *l);
DEFINE_AUTO_INPLACE(ledger, struct ledger, ledger_clear);

#endif

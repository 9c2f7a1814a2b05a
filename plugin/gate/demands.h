#ifndef GATE_DEMANDS_H
#define GATE_DEMANDS_H

#include "base/auto.h"
#include "base/diag.h"
#include "keys/keys.h"
#include "policy/attestor.h"
#include "signature/demand.h"

/*
 * From what policies say of signers to what the verifier is asked: keys and
 * certificates are read, trusted roots put together.
 */
struct demands {
	struct demand **items; /* by id, none twice, once they are sorted */
	size_t n;
	size_t cap;

	/* While they are made. */
	const char *root_path;    /* of trusted_root.json; NULL: built in */
	struct known_root *roots; /* those that somebody needed */
	size_t nroots;
	size_t roots_cap;
	struct str_list files; /* that keys and roots were read from */
};

/*
 * Add what the entry asks and note the ids in entry->demands, and its keys in
 * entry->keys.fingerprints.  An entry that was bound before is left alone; one
 * that cannot be satisfied in this version asks nothing.  -1 with complaints.
 */
int demands_bind(struct demands *all, struct policy_entry *entry,
    struct diag *d) MUST_CHECK;

/* Once everything is bound. */
void demands_sort(struct demands *all);

/* NULL if there is none of that id. */
const struct demand *demands_find(const struct demands *all, const char *id);

void demands_clear(struct demands *all);

#endif

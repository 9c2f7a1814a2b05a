#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/str.h"
#include "image/reference.h"

/*
 * How an image's name is spelled for patterns, and how they match it: each kind
 * of document has its own way (LANGUAGE.md, "Names").
 */
enum policy_dialect {
	POLICY_OURS,
	POLICY_KYVERNO,
	POLICY_SIGSTORE,
	POLICY_CONTAINERS,
	POLICY_DIALECTS
};

#define NAMES_MAX 3

/* The spellings of one reference in one dialect. */
struct names {
	char *items[NAMES_MAX];
	size_t n;
	/*
	 * Only the first so many may take an image out of a policy or make it
	 * allowed; each of them may bring it under one.  A tag beside a digest is
	 * only a label, which anybody can choose.
	 */
	size_t certain;
};

/* All of them; made once for a pull. */
struct all_names {
	struct names of[POLICY_DIALECTS];
};

/* written: the reference as the client wrote it; NULL: as it is normalised. */
void names_make(const struct reference *ref, const char *written,
    struct all_names *ret);
void names_clear(struct all_names *names);
DEFINE_AUTO_INPLACE(names, struct all_names, names_clear);

/* Does one of the patterns match a spelling; certainly, or possibly? */
bool names_match_certainly(const struct str_list *patterns,
    enum policy_dialect dialect, const struct all_names *names);
bool names_match_possibly(const struct str_list *patterns,
    enum policy_dialect dialect, const struct all_names *names);

#endif

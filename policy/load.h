#ifndef POLICY_LOAD_H
#define POLICY_LOAD_H

#include "base/auto.h"
#include "base/diag.h"
#include "base/str.h"
#include "policy/model.h"

#define POLICY_FILES_MAX 10000
#define POLICY_DEPTH_MAX 8

/*
 * Load every document of the files and directories named (in a directory: all
 * of *.yaml and *.yml below it, in the order of their names; names that begin
 * with a dot are left out, as in a ConfigMap's mount).  All or nothing: with
 * any complaint in d, -1 and *ret is untouched.  Two policies or exemptions of
 * the same name are a complaint; now, in seconds since 1970, is what the time
 * of an exemption is measured by.  No path at all gives an empty set.
 */
int policy_load(const char *const *paths, size_t n, int64_t now,
    struct policy_set **ret, struct diag *d) MUST_CHECK;

/* The files that policy_load() would read for one path, in its order. */
int policy_files(const char *path, struct str_list *ret,
    struct diag *d) MUST_CHECK;

#endif

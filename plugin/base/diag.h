#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stddef.h>

#include "base/auto.h"

/*
 * What is wrong with a file that a person wrote.  Every complaint is
 * "file:line:column: message"; several are collected in one run.
 */
struct diag_pos {
	const char *file; /* borrowed from the diag that noted it, see below */
	unsigned line;    /* from 1; 0 when the complaint is about the file */
	unsigned column;  /* from 1, in characters */
};

struct diag {
	char **items;
	size_t n;
	size_t cap;
	size_t dropped; /* beyond DIAG_MAX */
	char **files;   /* interned names, live as long as the diag */
	size_t nfiles;
	size_t files_cap;
};

#define DIAG_MAX 200

/* A copy of name that lives as long as d. */
const char *diag_file(struct diag *d, const char *name);

/* Note one complaint.  Always returns -1. */
int diag_add(struct diag *d, struct diag_pos pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void diag_clear(struct diag *d);
DEFINE_AUTO_INPLACE(diag, struct diag, diag_clear);

#endif

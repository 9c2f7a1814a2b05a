#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stddef.h>

#include "base/auto.h"

/*
 * What is wrong with a file that a person wrote.  Every complaint is
 * "file:line:column: message"; several are collected in one run.  Remarks say
 * what a person should know of a file that is fine: "file:line:column: warning:
 * message" or "… note: message".
 */
struct diag_pos {
	const char *file; /* borrowed from who reads the file */
	unsigned line;    /* from 1; 0 when the complaint is about the file */
	unsigned column;  /* from 1, in characters */
};

struct diag {
	char **items;
	size_t n;
	size_t cap;
	size_t dropped; /* beyond DIAG_MAX */
	char **remarks;
	size_t nremarks;
	size_t remarks_cap;
	size_t remarks_dropped;
};

#define DIAG_MAX 200

/* Note one complaint.  Always returns -1. */
int diag_add(struct diag *d, struct diag_pos pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A thing that people should know and may not like; a thing to know. */
void diag_warn(struct diag *d, struct diag_pos pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_note(struct diag *d, struct diag_pos pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void diag_clear(struct diag *d);
DEFINE_AUTO_INPLACE(diag, struct diag, diag_clear);

#endif

#ifndef POLICY_SENTENCE_H
#define POLICY_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * One sentence for people, of bounded length.  What is too much is cut between
 * two characters, and "..." says so.
 */
#define SENTENCE_MAX 400

struct sentence {
	char text[SENTENCE_MAX + 1];
	size_t len;
	bool cut;
};

/* Add to it. */
void sentence_say(struct sentence *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A copy of the sentence; the caller frees it. */
char *sentence_end(struct sentence *s) __attribute__((returns_nonnull));

/* The most bytes of text, up to max, that split no character; for "%.*s". */
int sentence_fit(const char *text, size_t max);

#endif

/* Sentences for people, never longer than a status message can be. */
#include "policy/sentence.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define DOTS "..."

int
sentence_fit(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return (int)len;
	/* Bytes 10xxxxxx go on with a character that began before them. */
	for (len = max; len > 0 && (text[len] & 0xc0) == 0x80; len--)
		;
	return (int)len;
}

void
sentence_say(struct sentence *s, const char *fmt, ...)
{
	size_t room = sizeof(s->text) - s->len;
	va_list ap;
	int len;

	if (s->cut)
		return;
	va_start(ap, fmt);
	len = vsnprintf(s->text + s->len, room, fmt, ap);
	va_end(ap);
	assert(len >= 0);
	s->cut = (size_t)len >= room;
	s->len = s->cut ? SENTENCE_MAX : s->len + (size_t)len;
}

char *
sentence_end(struct sentence *s)
{
	if (s->cut) {
		int keep = sentence_fit(s->text, SENTENCE_MAX - strlen(DOTS));

		memcpy(s->text + keep, DOTS, sizeof(DOTS));
	}
	return mem_strdup(s->text);
}

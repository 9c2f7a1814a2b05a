/* A signature taken apart. */
#include "signature/sealed.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define BODY_MAX (1u << 20)

void
sealed_make_entries(struct sealed *s, size_t n)
{
	assert(s->entries == NULL && n <= SEALED_ENTRIES_MAX);
	s->entries = mem_calloc(n, sizeof(*s->entries));
	s->nentries = n;
	for (size_t i = 0; i < n; i++) {
		s->entries[i].body = buf_with_max(BODY_MAX);
		s->entries[i].promise = buf_with_max(BODY_MAX);
	}
}

void
sealed_make_timestamps(struct sealed *s, size_t n)
{
	assert(s->timestamps == NULL && n <= SEALED_TIMESTAMPS_MAX);
	s->timestamps = mem_calloc(n, sizeof(*s->timestamps));
	s->ntimestamps = n;
	for (size_t i = 0; i < n; i++)
		s->timestamps[i] = buf_with_max(BODY_MAX);
}

void
sealed_clear(struct sealed *s)
{
	buf_clear(&s->message);
	buf_clear(&s->signature);
	certificate_free(s->certificate);
	certificates_clear(&s->chain);
	for (size_t i = 0; i < s->nentries; i++)
		log_entry_clear(&s->entries[i]);
	free(s->entries);
	for (size_t i = 0; i < s->ntimestamps; i++)
		buf_clear(&s->timestamps[i]);
	free(s->timestamps);
	*s = (struct sealed){ 0 };
}

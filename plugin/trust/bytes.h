#ifndef TRUST_BYTES_H
#define TRUST_BYTES_H

#include <stdbool.h>

#include "base/slice.h"

/* Numbers and vectors in network byte order, as TLS writes them (RFC 5246, 4).
 * Takers move *from on and give false where it is too short. */
bool take_be(struct slice *from, size_t bytes, uint64_t *ret);
bool take_bytes(struct slice *from, size_t n, struct slice *ret);

/* A length of so many bytes, and as many bytes. */
bool take_vector(struct slice *from, size_t length_bytes, struct slice *ret);

void put_be(uint8_t *to, size_t bytes, uint64_t value);

#endif

#ifndef REGISTRY_CHALLENGE_H
#define REGISTRY_CHALLENGE_H

#include "base/auto.h"

/* What a WWW-Authenticate header asks for (RFC 9110 11.6.1). */
enum challenge_kind { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };

struct challenge {
	enum challenge_kind kind;
	char *realm;   /* Bearer: where tokens are; may be NULL */
	char *service; /* may be NULL */
	char *scope;   /* may be NULL */
};

#define CHALLENGE_TEXT_MAX 8192

/* The first challenge of the header that we can meet, Bearer before Basic;
 * CHALLENGE_NONE if there is none. */
void challenge_parse(const char *header, struct challenge *ret);

void challenge_clear(struct challenge *c);
DEFINE_AUTO_INPLACE(challenge, struct challenge, challenge_clear);

#endif

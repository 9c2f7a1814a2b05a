#ifndef POLICY_REASON_H
#define POLICY_REASON_H

#include "base/auto.h"
#include "base/err.h"

/*
 * Many signatures can fail for many reasons; people are told one.  Which one
 * depends on the reasons alone and not on their order, so that the text is the
 * same from one attempt to the next.
 */
struct reason {
	enum err_code code; /* ERR_NONE: none was offered yet */
	char *text;
};

/* Keep this reason if it says more than the one that is held. */
void reason_offer(struct reason *r, enum err_code code, const char *text);

void reason_clear(struct reason *r);
DEFINE_AUTO_INPLACE(reason, struct reason, reason_clear);

#endif

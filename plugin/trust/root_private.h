#ifndef TRUST_ROOT_PRIVATE_H
#define TRUST_ROOT_PRIVATE_H

#include "trust/root.h"

/* A new, empty one, valid at all times. */
struct trust_authority *trust_authorities_add(struct trust_authorities *list);
struct trust_log *trust_logs_add(struct trust_logs *list);

/* Once every authority is there. */
void trust_root_finish(struct trust_root *r);

#endif

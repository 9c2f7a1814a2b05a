#ifndef TRUST_BUILTIN_H
#define TRUST_BUILTIN_H

#include "base/slice.h"

/* The trusted root of sigstore's public-good instance, as
 * policy/trust/public-good.json has it: JSON for trust_root_parse(). */
struct slice trust_builtin(void);

#endif

#ifndef HTTP_COUNT_H
#define HTTP_COUNT_H

#include <stdint.h>

#include "base/err.h"
#include "http/url.h"

/* Count one exchange with a host: the status it answered with, or, below 1,
 * what went wrong; and how long it took. */
void count_exchange(const struct url *url, long status, enum err_code failure,
    int64_t microseconds);

#endif

#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/json.h"

/*
 * Log lines: one JSON object a line on standard error, which is what journald
 * and every collector read.  Only daemon/, cri/ and cli/ log; everything below
 * returns its errors.  Never give a credential or key material to these.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level min);

/* {"time":…,"level":…,"msg":…} */
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with the members of fields behind; takes fields over. */
void log_event(enum log_level level, const char *msg, struct json *fields);

#endif

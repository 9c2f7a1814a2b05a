#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that only goes forward (CLOCK_MONOTONIC). */
int64_t clock_mono_ms(void);

/* Microseconds, nanoseconds of the same clock. */
int64_t clock_mono_us(void);
int64_t clock_mono_ns(void);

/* Seconds since 1970 (CLOCK_REALTIME). */
int64_t clock_now(void);

/* RFC 3339 in UTC with milliseconds, "2026-01-02T03:04:05.678Z". */
#define CLOCK_TEXT_MAX 32
void clock_now_text(char ret[CLOCK_TEXT_MAX]);

#endif

/* Log lines as JSON objects, one write each. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define LINE_MAX_ 2048

static atomic_int least = LOG_INFO;

void
log_set_level(enum log_level min)
{
	atomic_store(&least, (int)min);
}

static const char *
level_name(enum log_level level)
{
	static const char *const names[] = {
		[LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARN] = "warn",
		[LOG_ERROR] = "error",
	};

	return names[level];
}

/* A line that cannot be written is lost: there is nowhere to say so. */
static void
write_line(const struct json *line)
{
	AUTO(str) char *text = json_print(line, false);
	size_t len = strlen(text);
	ssize_t n;

	text[len] = '\n';
	n = write(STDERR_FILENO, text, len + 1);
	(void)n;
}

void
log_event(enum log_level level, const char *msg, struct json *fields)
{
	AUTO(json) struct json *line = json_new_object();
	AUTO(json) struct json *owned = fields;
	char now[CLOCK_TEXT_MAX];

	if ((int)level < atomic_load(&least))
		return;
	clock_now_text(now);
	json_set_text(line, "time", now);
	json_set_text(line, "level", level_name(level));
	json_set_text(line, "msg", msg);
	json_merge(line, owned);
	write_line(line);
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_event(level, text, NULL);
}

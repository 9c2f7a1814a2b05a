/* Decisions, written down. */
#include "daemon/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"

int
audit_open(const char *path, struct audit *ret, struct err *e)
{
	ret->fd = -1;
	if (path == NULL)
		return 0;
	ret->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (ret->fd < 0)
		return err_errno(e, errno, "audit: cannot open %s", path);
	return 0;
}

int
audit_reopen(const char *path, struct audit *a, struct err *e)
{
	struct audit fresh;
	int r = 0;

	if (audit_open(path, &fresh, e) < 0)
		return -1;
	/* The number stays, so that who writes just now needs no lock. */
	if (fresh.fd >= 0 && dup3(fresh.fd, a->fd, O_CLOEXEC) < 0)
		r = err_errno(e, errno, "audit: cannot reopen %s", path);
	audit_close(&fresh);
	return r;
}

void
audit_close(struct audit *a)
{
	fd_close(&a->fd);
}

static void
write_line(const struct audit *a, const struct json *record)
{
	AUTO(json) struct json *line = json_new_object();
	AUTO(str) char *text = NULL;
	char now[CLOCK_TEXT_MAX];
	size_t len;

	clock_now_text(now);
	json_set_text(line, "time", now);
	json_merge(line, record);
	text = json_print(line, false);
	len = strlen(text);
	text[len] = '\n';
	/* One write a line: with O_APPEND they do not mix. */
	if (write(a->fd, text, len + 1) != (ssize_t)(len + 1))
		log_line(LOG_WARN, "audit: a line could not be written");
}

void
audit_record(void *arg, struct json *record, enum verdict verdict)
{
	const struct audit *a = arg;

	if (a->fd >= 0)
		write_line(a, record);
	if (a->recent != NULL)
		recent_note(a->recent, record);
	log_event(verdict == VERDICT_ALLOW &&
			  json_get_text(record, "exemption") == NULL
		      ? LOG_INFO
		      : LOG_WARN,
	    "decision", record);
}

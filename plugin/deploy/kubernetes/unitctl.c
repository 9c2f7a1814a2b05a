/*
 * systemctl for the DaemonSet's pod: the verbs its installer needs, over systemd's
 * own socket.  systemctl itself wants to see systemd among the processes, so it would
 * need the node's process namespace; this needs the socket and user 0 alone.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-bus.h>

#define SOCKET "unix:path=/run/systemd/private"

/* Longer than any unit of ours takes to start or to stop. */
#define CALL_SECONDS 60
#define JOB_SECONDS  120

#define USEC 1000000u

/* What systemd said it is doing, and what came of it. */
struct job {
	char *path;
	char result[32]; /* empty: it is not over */
};

/* One command: a verb, and the units it is about. */
struct command {
	sd_bus *bus;
	const char *name; /* of the verb */
	const char *member;
	char **units; /* NULL at the end */
};

static int
complain(const struct command *c, const char *unit, const sd_bus_error *e,
    int code)
{
	(void)fprintf(stderr, "unitctl: %s%s%s: %s\n", c->name,
	    unit == NULL ? "" : " ", unit == NULL ? "" : unit,
	    e != NULL && e->message != NULL ? e->message
					    : strerrordesc_np(-code));
	return -1;
}

static sd_bus_message *
message(const struct command *c)
{
	sd_bus_message *m = NULL;

	if (sd_bus_message_new_method_call(c->bus, &m,
		"org.freedesktop.systemd1", "/org/freedesktop/systemd1",
		"org.freedesktop.systemd1.Manager", c->member) < 0)
		abort();
	return m;
}

/* Takes the message; the answer is the caller's, who may want none. */
static int
send_message(const struct command *c, const char *unit, sd_bus_message *m,
    sd_bus_message **reply)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	int code;

	code = sd_bus_call(c->bus, m, CALL_SECONDS * USEC, &e, reply);
	if (code < 0)
		(void)complain(c, unit, &e, code);
	sd_bus_error_free(&e);
	(void)sd_bus_message_unref(m);
	return code < 0 ? -1 : 0;
}

static int
on_job_removed(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	struct job *job = arg;
	const char *path, *unit, *result;
	uint32_t id;

	(void)e;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 &&
	    job->path != NULL && strcmp(path, job->path) == 0)
		(void)snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

static int
wait_for_job(const struct command *c, const char *unit, const struct job *job)
{
	const time_t end = time(NULL) + JOB_SECONDS;
	int code = 0;

	while (job->result[0] == '\0' && code >= 0 && time(NULL) < end) {
		code = sd_bus_process(c->bus, NULL);
		if (code == 0)
			code = sd_bus_wait(c->bus, USEC);
	}
	if (strcmp(job->result, "done") == 0)
		return 0;
	(void)fprintf(stderr, "unitctl: %s %s: %s\n", c->name, unit,
	    job->result[0] != '\0' ? job->result : "not over in time");
	return -1;
}

/* StartUnit and the like: systemd answers with a job, whose end is a signal. */
static int
do_job(const struct command *c, const char *unit)
{
	struct job job = { 0 };
	sd_bus_message *m = message(c), *reply = NULL;
	sd_bus_slot *slot = NULL;
	const char *path = NULL;
	int code;

	if (sd_bus_match_signal(c->bus, &slot, NULL,
		"/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
		"JobRemoved", on_job_removed, &job) < 0 ||
	    sd_bus_message_append(m, "ss", unit, "replace") < 0)
		abort();
	code = send_message(c, unit, m, &reply);
	if (code == 0 && sd_bus_message_read(reply, "o", &path) >= 0) {
		job.path = strdup(path);
		code = wait_for_job(c, unit, &job);
	}
	(void)sd_bus_slot_unref(slot);
	(void)sd_bus_message_unref(reply);
	free(job.path);
	return code;
}

static int
each_job(const struct command *c)
{
	int code = 0;

	for (char **unit = c->units; *unit != NULL; unit++) {
		if (do_job(c, *unit) < 0)
			code = -1;
	}
	return code;
}

/* Reload, of systemd itself. */
static int
reload_all(const struct command *c)
{
	return send_message(c, NULL, message(c), NULL);
}

/* Links that would be in the way of enabling are replaced. */
static int
enable_files(const struct command *c)
{
	const bool enable = strcmp(c->name, "enable") == 0;
	sd_bus_message *m = message(c);

	if (sd_bus_message_append_strv(m, c->units) < 0 ||
	    sd_bus_message_append(m, enable ? "bb" : "b", 0, 1) < 0)
		abort();
	return send_message(c, c->units[0], m, NULL);
}

/* Directories of a unit that is stopped: "runtime", "cache", after its name. */
static int
clean_unit(const struct command *c)
{
	sd_bus_message *m = message(c);

	if (sd_bus_message_append(m, "s", c->units[0]) < 0 ||
	    sd_bus_message_append_strv(m, c->units + 1) < 0)
		abort();
	return send_message(c, c->units[0], m, NULL);
}

static int
reset_failed(const struct command *c)
{
	sd_bus_message *m = message(c);

	if (sd_bus_message_append(m, "s", c->units[0]) < 0)
		abort();
	return send_message(c, c->units[0], m, NULL);
}

/* Says the state: "enabled", "disabled", …; of a unit that is not there, nothing. */
static int
say_enabled(const struct command *c)
{
	sd_bus_message *m = message(c), *reply = NULL;
	const char *state = NULL;
	int code;

	if (sd_bus_message_append(m, "s", c->units[0]) < 0)
		abort();
	code = send_message(c, c->units[0], m, &reply);
	if (code == 0 && sd_bus_message_read(reply, "s", &state) >= 0)
		(void)puts(state);
	(void)sd_bus_message_unref(reply);
	return code;
}

/* Says "active", "failed", …; fails unless it is the first. */
static int
say_active(const struct command *c)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	char *path = NULL, *state = NULL;
	int code;

	if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", c->units[0],
		&path) < 0)
		abort();
	code = sd_bus_get_property_string(c->bus, "org.freedesktop.systemd1",
	    path, "org.freedesktop.systemd1.Unit", "ActiveState", &e, &state);
	if (code < 0) {
		code = complain(c, c->units[0], &e, code);
	} else {
		(void)puts(state);
		code = strcmp(state, "active") == 0 ? 0 : -1;
	}
	sd_bus_error_free(&e);
	free(path);
	free(state);
	return code;
}

static const struct verb {
	const char *name, *member;
	int (*run)(const struct command *c);
	bool of_units;
} verbs[] = {
	{ "daemon-reload", "Reload", reload_all, false },
	{ "start", "StartUnit", each_job, true },
	{ "stop", "StopUnit", each_job, true },
	{ "restart", "RestartUnit", each_job, true },
	{ "reload", "ReloadUnit", each_job, true },
	{ "enable", "EnableUnitFiles", enable_files, true },
	{ "disable", "DisableUnitFiles", enable_files, true },
	{ "is-active", "", say_active, true },
	{ "is-enabled", "GetUnitFileState", say_enabled, true },
	{ "clean", "CleanUnit", clean_unit, true },
	{ "reset-failed", "ResetFailedUnit", reset_failed, true },
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (name != NULL && strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int
usage(void)
{
	(void)fputs("usage: unitctl VERB [UNIT]...; verbs:", stderr);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		(void)fprintf(stderr, " %s", verbs[i].name);
	(void)fputs("\n", stderr);
	return 2;
}

/* A connection to systemd alone: no bus in between, so no greeting either. */
static int
open_socket(sd_bus **ret)
{
	int code = sd_bus_new(ret);

	if (code >= 0)
		code = sd_bus_set_address(*ret, SOCKET);
	if (code >= 0)
		code = sd_bus_start(*ret);
	return code;
}

int
main(int argc, char **argv)
{
	const struct verb *verb = find_verb(argv[argc > 0]);
	struct command c = { 0 };
	int code;

	if (verb == NULL || (argc > 2) != verb->of_units)
		return usage();
	c = (struct command){ .name = verb->name,
		.member = verb->member,
		.units = argv + 2 };
	code = open_socket(&c.bus);
	if (code < 0)
		(void)complain(&c, NULL, NULL, code);
	else
		code = verb->run(&c);
	(void)sd_bus_flush_close_unref(c.bus);
	return code < 0 ? 1 : 0;
}

/* The service manager, asked by its own command. */
#include "node/systemctl.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

int
systemctl(const char *verb, const char *unit, struct err *e)
{
	AUTO(str) char *program = mem_strdup("systemctl");
	AUTO(str) char *first = mem_strdup(verb);
	AUTO(str) char *second = mem_strdup_null(unit);
	char *argv[] = { program, first, second, NULL };
	const char *shown = unit == NULL ? "" : unit;
	pid_t pid;
	int status,
	    error = posix_spawnp(&pid, program, NULL, NULL, argv, environ);

	if (error != 0)
		return err_errno(e, error, "cannot run systemctl");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(e, errno, "waiting for systemctl");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ERR_SYSTEM, "systemctl %s %s failed", verb,
		    shown);
	return 0;
}

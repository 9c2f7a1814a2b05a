/* What the commands share. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

int
usage_error(const struct command *c, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "pullgate %s: ", c->name);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "; see pullgate %s --help\n", c->name);
	return EXIT_USAGE;
}

int
usage_help(const struct command *c)
{
	(void)printf("Usage: pullgate %s %s", c->name, c->usage);
	return EXIT_OK;
}

void
print_diag(const struct diag *d)
{
	for (size_t i = 0; i < d->n; i++)
		(void)fprintf(stderr, "%s\n", d->items[i]);
	if (d->dropped > 0)
		(void)fprintf(stderr, "and %zu more\n", d->dropped);
}

int
load_config(const char *path, const struct str_list *policies,
    struct config *ret)
{
	AUTO(diag) struct diag d = { 0 };

	config_defaults(ret);
	/* One that is there and cannot be reached is a mistake, not absent. */
	if (path == NULL && (access(CONFIG_PATH, F_OK) == 0 || errno != ENOENT))
		path = CONFIG_PATH;
	if (path != NULL && config_load(path, ret, &d) < 0) {
		print_diag(&d);
		return EXIT_USAGE;
	}
	if (policies->n > 0) {
		str_list_clear(&ret->policies);
		str_list_merge(&ret->policies, policies);
	}
	return EXIT_OK;
}

int
load_ring(const struct config *config, struct ring **ret)
{
	AUTO(diag) struct diag d = { 0 };
	struct ring_sources from = {
		(const char *const *)config->policies.items, config->policies.n,
		config->trusted_root
	};

	if (ring_load(&from, ret, &d) == 0)
		return EXIT_OK;
	print_diag(&d);
	return EXIT_USAGE;
}

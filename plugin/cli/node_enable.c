/* pullgate node enable, and disable. */
#include <stdlib.h>

#include "cli/node.h"
#include "node/change.h"
#include "node/kubelet.h"
#include "node/probe.h"
#include "node/systemctl.h"

/* What one run works on. */
struct enabling {
	struct kubelet kubelet;
	struct plan plan;
	struct ledger ledger;
};

static void
enabling_clear(struct enabling *w)
{
	kubelet_clear(&w->kubelet);
	plan_clear(&w->plan);
	ledger_clear(&w->ledger);
}

DEFINE_AUTO_INPLACE(enabling, struct enabling, enabling_clear);

static int
refuse(const char *verb, const struct err *e)
{
	node_complain(verb, "%s", e->msg);
	return EXIT_REFUSED;
}

/* Without it the kubelet would have no images at all. */
static int
check_answers(const struct node_options *o, const struct config *config,
    struct err *e)
{
	AUTO(str) char *address = node_address(o, config->listen);
	AUTO(str) char *name = NULL, *version = NULL;

	if (!o->offline && probe_runtime(address, &name, &version, e) < 0)
		return err_wrap(e,
		    "pullgate does not answer, and without it the kubelet could pull nothing: start it first (systemctl start pullgate), or use --offline");
	return 0;
}

static int
find(const struct node_options *o, const struct config *config,
    struct enabling *w, struct err *e)
{
	struct plan_wish wish = { o->root, config->listen, config->runtime,
		o->create_gate };

	if (kubelet_find(o->root, &w->kubelet, e) < 0 ||
	    ledger_read(o->root, &w->ledger, e) < 0)
		return -1;
	return plan_make(&wish, &w->kubelet, &w->plan, e);
}

static void
say_unit(const char *unit, bool reload)
{
	(void)fprintf(stderr, "Nothing was restarted.  To have it read:\n");
	if (reload)
		(void)fprintf(stderr, "  systemctl daemon-reload\n");
	(void)fprintf(stderr, "  systemctl restart %s\n", unit);
}

/* So that what was written is read. */
static int
restart(const struct node_options *o, const char *verb,
    const struct ledger *ledger)
{
	const char *unit =
	    ledger->unit == NULL ? "kubelet.service" : ledger->unit;
	struct err e;

	if (!o->restart) {
		say_unit(unit, ledger->reload);
		return EXIT_OK;
	}
	if ((ledger->reload && systemctl("daemon-reload", NULL, &e) < 0) ||
	    systemctl("restart", unit, &e) < 0)
		return refuse(verb, &e);
	(void)fprintf(stderr, "Restarted %s.\n", unit);
	return EXIT_OK;
}

static int
write_down(const struct node_options *o, const struct change *change)
{
	struct err e;

	if (change_do(change, &e) < 0)
		return refuse("enable", &e);
	(void)fprintf(stderr, "Written; `pullgate node disable` undoes it.\n");
	return restart(o, "enable", change->ledger);
}

static int
carry_out(const struct node_options *o, const struct config *config,
    const struct change *change)
{
	AUTO(str) char *shown = NULL;
	bool done;
	struct err e;

	if (change_check(change, &done, &e) < 0)
		return refuse("enable", &e);
	if (done) {
		(void)fprintf(stderr,
		    "It is enabled already, by %s: nothing to change.\n",
		    change->plan->files[0].path);
		return o->restart && !o->dry_run
			   ? restart(o, "enable", change->ledger)
			   : EXIT_OK;
	}
	shown = change_show(change);
	(void)fputs(shown, stderr);
	if (check_answers(o, config, &e) < 0)
		return refuse("enable", &e);
	if (o->dry_run) {
		(void)fprintf(stderr, "Nothing was changed (--dry-run).\n");
		return EXIT_OK;
	}
	return write_down(o, change);
}

int
node_enable(const struct node_options *o)
{
	AUTO(config) struct config config = { 0 };
	AUTO(enabling) struct enabling w = { 0 };
	struct change change = { o->root, &w.plan, &w.ledger };
	AUTO(str) char *who = NULL;
	struct err e;

	if (node_config(o, &config) != EXIT_OK)
		return EXIT_USAGE;
	if (find(o, &config, &w, &e) < 0)
		return refuse("enable", &e);
	who = kubelet_describe(&w.kubelet);
	(void)fprintf(stderr, "The node's kubelet: %s.\n", who);
	return carry_out(o, &config, &change);
}

int
node_disable(const struct node_options *o)
{
	AUTO(ledger) struct ledger ledger = { 0 };
	struct plan none = { 0 };
	struct change change = { o->root, &none, &ledger };
	AUTO(str) char *shown = NULL;
	struct err e;

	if (ledger_read(o->root, &ledger, &e) < 0 ||
	    change_check_undo(&change, &e) < 0)
		return refuse("disable", &e);
	if (!ledger.exists) {
		(void)fprintf(stderr,
		    "It is not enabled: " LEDGER_PATH " is not there.\n");
		return EXIT_OK;
	}
	shown = change_show_undo(&change);
	(void)fputs(shown, stderr);
	if (o->dry_run) {
		(void)fprintf(stderr, "Nothing was changed (--dry-run).\n");
		return EXIT_OK;
	}
	if (change_undo(&change, &e) < 0)
		return refuse("disable", &e);
	(void)fprintf(stderr, "Removed.\n");
	return restart(o, "disable", &ledger);
}

/* pullgate node doctor: is it enforced? */
#include <string.h>

#include "base/mem.h"
#include "cli/node.h"
#include "cli/report.h"
#include "node/doors.h"
#include "node/probe.h"

/* What one examination has to go by. */
struct examination {
	const struct node_options *options;
	struct config config;
	struct kubelet kubelet;
	bool found;          /* the kubelet */
	struct err why;      /* or why not */
	struct json *status; /* of the daemon; NULL: none answers */
	struct json *doors;  /* as it sees them; likewise */
	struct door_list list;
};

static void
examination_clear(struct examination *x)
{
	config_clear(&x->config);
	kubelet_clear(&x->kubelet);
	json_free(x->status);
	json_free(x->doors);
	door_list_clear(&x->list);
}

DEFINE_AUTO_INPLACE(examination, struct examination, examination_clear);

/* With it the metric and all that only the daemon knows. */
static void
ask_daemon(struct examination *x)
{
	struct err e = { 0 };

	x->status = node_ask(x->options, &x->config, "status", &e);
	if (x->status != NULL)
		x->doors = node_ask(x->options, &x->config, "doors", &e);
	door_add(&x->list, "daemon", x->doors != NULL ? DOOR_CLOSED : DOOR_OPEN,
	    x->doors != NULL ? str_printf("pullgate %s answers",
				   json_get_text(x->status, "version"))
			     : mem_strdup(e.msg),
	    "start it: systemctl start pullgate");
}

/* Through the socket that the kubelet really uses. */
static void
send_canary(struct examination *x)
{
	const char *address = x->found
				  ? kubelet_image_calls(&x->kubelet)->address
				  : x->config.listen;
	AUTO(str) char *path = node_address(x->options, address);
	struct err e;
	bool refused = probe_canary(path, &e) == 0;

	door_add(&x->list, "canary", refused ? DOOR_CLOSED : DOOR_OPEN,
	    refused ? str_printf("an unsigned image is refused at %s", address)
		    : str_printf("%s: %s", address, e.msg),
	    "have `gates` with pull, pullgate running, and the kubelet wired to it");
}

static bool
has_create_gate(const struct examination *x)
{
	const struct json *gates = json_get(x->status, "gates");

	if (x->status == NULL)
		return x->config.gate_create;
	for (size_t i = 0; i < json_count(gates); i++)
		if (str_equal_null(json_text(json_at(gates, i)), "create"))
			return true;
	return false;
}

/* Addresses are those of the configuration: the daemon's own may be seen from
 * another root. */
static void
look_at_node(struct examination *x)
{
	const struct json *runtime = json_get(x->status, "runtime");
	const char *presence = json_get_text(x->status, "presence");
	const char *checkpoints = json_get_text(x->status, "checkpoints");
	struct doors_view view = {
		.root = x->options->root,
		.listen = x->config.listen,
		.runtime = x->config.runtime,
		.group = x->config.socket_gid,
		.create_gate = has_create_gate(x),
		.presence = presence == NULL
				? x->config.hide_unverified
				: strcmp(presence, "verified") == 0,
		.checkpoints = checkpoints == NULL
				   ? x->config.gate.checkpoints
				   : strcmp(checkpoints, "allow") == 0,
		.name = json_get_text(runtime, "name"),
		.version = json_get_text(runtime, "version"),
	};

	doors_look(&view, x->found ? &x->kubelet : NULL, x->why.msg, &x->list);
}

static enum door_state
state_of(const char *name)
{
	static const enum door_state states[] = { DOOR_UNUSED, DOOR_OPEN,
		DOOR_CLOSED };

	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (str_equal_null(name, door_state_name(states[i])))
			return states[i];
	return DOOR_UNKNOWN;
}

static void
take_from_daemon(struct examination *x, const char *name)
{
	const struct json *all = json_get(x->doors, "doors");

	for (size_t i = 0; i < json_count(all); i++) {
		const struct json *door = json_at(all, i);
		const char *detail = json_get_text(door, "detail");

		if (!str_equal_null(json_get_text(door, "door"), name))
			continue;
		door_add(&x->list, name, state_of(json_get_text(door, "state")),
		    mem_strdup(detail == NULL ? "" : detail),
		    json_get_text(door, "remedy"));
		return;
	}
	door_add(&x->list, name, DOOR_UNKNOWN,
	    mem_strdup("only a daemon that runs can say"), NULL);
}

static void
examine(struct examination *x)
{
	x->found = kubelet_find(x->options->root, &x->kubelet, &x->why) == 0;
	ask_daemon(x);
	send_canary(x);
	look_at_node(x);
	take_from_daemon(x, "policies");
	take_from_daemon(x, "exemptions");
	take_from_daemon(x, "unmatched");
	take_from_daemon(x, "sandbox-image");
}

static void
say_door(const struct door *door)
{
	const char *state = door_state_name(door->state);
	AUTO(str) char *label = str_printf("%-8s %-18s", state, door->name);

	if (door->state == DOOR_OPEN)
		node_say(label, "%s; remedy: %s", door->detail, door->remedy);
	else
		node_say(label, "%s", door->detail);
}

/* A door that nobody has seen may be open. */
static bool
is_enforcing(const struct door_list *list)
{
	return door_count(list, DOOR_OPEN) == 0 &&
	       door_count(list, DOOR_UNKNOWN) == 0;
}

static void
say_sum(size_t open, size_t unknown)
{
	if (open == 0)
		(void)fprintf(stderr, "No door is open%s.\n",
		    unknown == 0 ? "" : ", of those that could be looked at");
	else
		(void)fprintf(stderr, "%zu %s open.\n", open,
		    open == 1 ? "door is" : "doors are");
	if (unknown > 0)
		(void)fprintf(stderr, "%zu %s could not be looked at.\n",
		    unknown, unknown == 1 ? "door" : "doors");
}

static void
report(const struct examination *x)
{
	AUTO(json) struct json *j = json_new_object();

	if (x->options->json) {
		json_set(j, "enforcing", json_new_bool(is_enforcing(&x->list)));
		json_set(j, "doors", door_list_json(&x->list));
		report_json(j);
		return;
	}
	for (size_t i = 0; i < x->list.n; i++)
		say_door(&x->list.items[i]);
	say_sum(door_count(&x->list, DOOR_OPEN),
	    door_count(&x->list, DOOR_UNKNOWN));
}

int
node_doctor(const struct node_options *o)
{
	AUTO(examination) struct examination x = { .options = o };

	if (node_config(o, &x.config) != EXIT_OK)
		return EXIT_USAGE;
	examine(&x);
	report(&x);
	return is_enforcing(&x.list) ? EXIT_OK : EXIT_REFUSED;
}

/* The doors as the daemon sees them. */
#include "daemon/enforcing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/metric.h"
#include "daemon/policy_doors.h"
#include "gate/ring.h"
#include "node/doors.h"

/* Between looks; the shorter until the runtime has said what it is. */
#define LOOK_S      60
#define LOOK_SOON_S 2

/* So many looks the verdict on the sandbox image serves. */
#define VERDICT_LOOKS 10

/* For that verdict. */
#define VERDICT_MS 5000

#define STACK (256u << 10)

struct enforcing {
	enforcing_view *view;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool stop, kicked;

	/* What was found of the sandbox images, and of which. */
	char *sandbox_images, *sandbox_detail;
	enum door_state sandbox;
	int sandbox_looks; /* it still serves for */
};

static struct metric_family gauge = {
	.name = "pullgate_enforcing",
	.help = "Ways past the gates: 1 if closed, 0 if open.",
	.kind = METRIC_GAUGE,
	.labels = { "door" },
};

/* One that is not known, or that the node does not have, is not told of, and not
 * as it was before. */
static void
tell(const struct door_list *doors)
{
	for (size_t i = 0; i < doors->n; i++) {
		const struct door *door = &doors->items[i];

		if (door->state == DOOR_OPEN || door->state == DOOR_CLOSED)
			metric_set(metric_get(&gauge, &door->name),
			    door->state == DOOR_CLOSED);
		else
			metric_hide(&gauge, &door->name);
	}
}

size_t
enforcing_count(const struct policy_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->items[i]->action == POLICY_ENFORCE;
	return n;
}

static void
look_at_unmatched(const struct enforcing_of *of, struct door_list *ret)
{
	bool denied = of->config->gate.unmatched == GATE_UNMATCHED_DENY;

	door_add(ret, "unmatched", denied ? DOOR_CLOSED : DOOR_OPEN,
	    mem_strdup(denied ? "an image that no policy covers is refused"
			      : "an image that no policy covers is admitted"),
	    "set `unmatched: deny`");
}

/* What becomes of an image that the runtime pulls by itself. */
static enum door_state
judge_sandbox(const struct enforcing_of *of, const char *image, char **detail)
{
	AUTO(gate_answer) struct gate_answer a = { 0 };

	gate_check(of->gate,
	    &(struct gate_request){ .door = GATE_STATUS,
		.image = slice_str(image),
		.most_ms = VERDICT_MS },
	    &a);
	/* With a message something was overlooked. */
	if (a.verdict == VERDICT_ALLOW && a.message == NULL &&
	    a.exemption == NULL && a.policies != NULL &&
	    a.policies[0] != '\0') {
		*detail = str_printf("the policies admit %s", image);
		return DOOR_CLOSED;
	}
	*detail = a.message == NULL ? str_printf("no policy covers %s", image)
				    : mem_strdup(a.message);
	return err_kind_of(a.code) == ERR_UNSURE ? DOOR_UNKNOWN : DOOR_OPEN;
}

/* Of several the worst counts. */
static enum door_state
judge_sandboxes(const struct enforcing_of *of, const struct json *images,
    char **detail)
{
	enum door_state worst = DOOR_UNKNOWN;

	*detail = mem_strdup("the runtime does not say which it is");
	for (size_t i = 0; i < json_count(images); i++) {
		char *its = NULL;
		enum door_state state =
		    judge_sandbox(of, json_text(json_at(images, i)), &its);

		if (i > 0 && (worst == DOOR_OPEN || state == DOOR_CLOSED)) {
			free(its);
			continue;
		}
		free(*detail);
		*detail = its;
		worst = state;
	}
	return worst;
}

/* A verdict may need a registry, and is not had anew each time. */
static bool
recall_sandbox(struct enforcing *f, const char *images, struct door *ret)
{
	bool known;

	(void)pthread_mutex_lock(&f->lock);
	known =
	    f->sandbox_looks > 0 && str_equal_null(f->sandbox_images, images);
	if (known) {
		f->sandbox_looks--;
		ret->state = f->sandbox;
		ret->detail = mem_strdup(f->sandbox_detail);
	}
	(void)pthread_mutex_unlock(&f->lock);
	return known;
}

static void
keep_sandbox(struct enforcing *f, const char *images, const struct door *door)
{
	(void)pthread_mutex_lock(&f->lock);
	free(f->sandbox_images);
	free(f->sandbox_detail);
	f->sandbox_images = mem_strdup(images);
	f->sandbox_detail = mem_strdup(door->detail);
	f->sandbox = door->state;
	f->sandbox_looks = door->state == DOOR_UNKNOWN ? 0 : VERDICT_LOOKS;
	(void)pthread_mutex_unlock(&f->lock);
}

static void
look_at_sandbox(struct enforcing *f, const struct enforcing_of *of,
    const struct json *facts, struct door_list *ret)
{
	const struct json *list = json_get(facts, "sandboxImages");
	AUTO(str_list) struct str_list names = { 0 };
	AUTO(str) char *images = NULL;
	struct door door = { 0 };

	for (size_t i = 0; i < json_count(list); i++)
		str_list_add(&names, json_text(json_at(list, i)));
	images = str_list_join(&names, "\n");
	if (!recall_sandbox(f, images, &door)) {
		door.state = judge_sandboxes(of, list, &door.detail);
		keep_sandbox(f, images, &door);
	}
	door_add(ret, "sandbox-image", door.state, door.detail,
	    "have the runtime use a sandbox image that the policies cover and admit");
}

/* True once the runtime has said what it is. */
static bool
look(struct enforcing *f, struct door_list *ret)
{
	struct enforcing_of of = { 0 };
	AUTO(json) struct json *facts = NULL;
	struct doors_view view;

	f->view(f->arg, &of);
	facts = cri_server_facts(of.server);
	view = (struct doors_view){
		.root = "/",
		.listen = of.config->listen,
		.runtime = of.config->runtime,
		.group = of.config->socket_gid,
		.create_gate = of.config->gate_create,
		.presence = of.config->hide_unverified,
		.checkpoints = of.config->gate.checkpoints,
		.name = json_get_text(facts, "name"),
		.version = json_get_text(facts, "version"),
	};
	doors_find(&view, ret);
	policy_doors_look(ring_policies(of.ring), time(NULL), ret);
	look_at_unmatched(&of, ret);
	look_at_sandbox(f, &of, facts, ret);
	ring_unref(of.ring);
	tell(ret);
	return view.version != NULL;
}

struct json *
enforcing_json(struct enforcing *f)
{
	AUTO(door_list) struct door_list doors = { 0 };
	struct json *j = json_new_object();

	(void)look(f, &doors);
	json_set(j, "doors", door_list_json(&doors));
	return j;
}

/* False at the end. */
static bool
wait_for_next(struct enforcing *f, int seconds)
{
	struct timespec until;
	bool go_on;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	(void)pthread_mutex_lock(&f->lock);
	while (!f->stop && !f->kicked && r == 0)
		r = pthread_cond_clockwait(&f->changed, &f->lock,
		    CLOCK_MONOTONIC, &until);
	f->kicked = false;
	go_on = !f->stop;
	(void)pthread_mutex_unlock(&f->lock);
	return go_on;
}

static void *
enforcing_thread(void *arg)
{
	struct enforcing *f = arg;
	bool known;

	do {
		AUTO(door_list) struct door_list doors = { 0 };

		known = look(f, &doors);
	} while (wait_for_next(f, known ? LOOK_S : LOOK_SOON_S));
	return NULL;
}

struct enforcing *
enforcing_start(enforcing_view *view, void *arg)
{
	struct enforcing *f = MEM_NEW(struct enforcing);
	pthread_attr_t attr;

	f->view = view;
	f->arg = arg;
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_cond_init(&f->changed, NULL);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&f->thread, &attr, enforcing_thread, f) != 0)
		abort(); /* no threads: nothing can run */
	(void)pthread_attr_destroy(&attr);
	return f;
}

static void
wake(struct enforcing *f, bool *flag)
{
	(void)pthread_mutex_lock(&f->lock);
	*flag = true;
	f->sandbox_looks = 0;
	(void)pthread_cond_signal(&f->changed);
	(void)pthread_mutex_unlock(&f->lock);
}

void
enforcing_kick(struct enforcing *f)
{
	if (f != NULL)
		wake(f, &f->kicked);
}

void
enforcing_stop(struct enforcing *f)
{
	if (f == NULL)
		return;
	wake(f, &f->stop);
	(void)pthread_join(f->thread, NULL);
	free(f->sandbox_images);
	free(f->sandbox_detail);
	(void)pthread_cond_destroy(&f->changed);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

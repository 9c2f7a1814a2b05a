/*
 * evidence POLICY RECORDING IMAGE: how long a pull by digest takes that is
 * answered from evidence that is kept: the first time, verified, and after that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "gate/evidence_json.h"
#include "gate/gate.h"
#include "image/reference.h"

#define ROUNDS 20000

static struct json *
read_recording(const char *path)
{
	AUTO(buf) struct buf text = buf_with_max(1u << 20);
	struct json *j = NULL;
	struct err e;

	if (file_read(path, 1u << 20, &text, &e) < 0 ||
	    json_parse(buf_slice(&text), &j, &e) < 0) {
		(void)fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	return j;
}

/* What the recording has beside the image. */
static void
fill(struct store *store, const struct json *recording,
    const struct reference *ref)
{
	const struct json *place = json_at(json_get(recording, "places"), 0);
	struct store_key key = { ref->name, ref->digest, NULL, false };
	AUTO(evidence) struct evidence *ev = NULL;
	AUTO(descriptor) struct descriptor target = { 0 };
	struct err e;

	if (evidence_target_read(json_get(recording, "target"), &target, &e) <
		0 ||
	    evidence_items_read(json_get(place, "items"), ref->digest, &ev,
		&e) < 0) {
		(void)fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	store_put(store, &key, ev, &target);
}

static double
ask(struct gate *g, const char *image, int rounds)
{
	int64_t from = clock_mono_ns();

	for (int i = 0; i < rounds; i++) {
		AUTO(gate_answer) struct gate_answer answer = { 0 };

		gate_check(g,
		    &(struct gate_request){ .image = slice_str(image) },
		    &answer);
		if (answer.verdict != VERDICT_ALLOW ||
		    answer.cache != GATE_CACHE_EVIDENCE) {
			(void)fprintf(stderr, "%s\n", answer.message);
			exit(1);
		}
	}
	return (double)(clock_mono_ns() - from) / rounds / 1e6;
}

int
main(int argc, char **argv)
{
	const char *const paths[] = { argc > 1 ? argv[1] : NULL };
	AUTO(json) struct json *recording = NULL;
	AUTO(ring) struct ring *ring = NULL;
	AUTO(diag) struct diag d = { 0 };
	AUTO(reference) struct reference *ref = NULL;
	AUTO(str) char *image = NULL;
	AUTO(store) struct store *store = NULL;
	AUTO(gate) struct gate *g = NULL;
	struct gate_settings settings = { .workers = 1 };
	struct err e;
	double first;

	if (argc != 4)
		return 2;
	recording = read_recording(argv[2]);
	image = str_printf("%s@%s", argv[3],
	    json_get_text(json_get(recording, "target"), "digest"));
	if (reference_parse(slice_str(image), &ref, &e) < 0 ||
	    ring_load(&(struct ring_sources){ paths, 1, NULL }, &ring, &d) < 0)
		return 1;
	store = store_new(
	    &(struct store_settings){ NULL, 3600, 3600, STORE_SIZE_DEFAULT });
	fill(store, recording, ref);
	settings.store = store;
	g = gate_new(&settings, NULL, ring);
	first = ask(g, image, 1);
	(void)printf("first %.3f ms, then %.3f ms\n", first,
	    ask(g, image, ROUNDS));
	return 0;
}

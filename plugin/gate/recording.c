/* Evidence written down and read again. */
#include "gate/recording.h"

#include <string.h>

#include "gate/evidence_json.h"

#define VERSION_KEY "pullgateEvidence"
#define VERSION     1

static struct json *
place_json(const struct place *place)
{
	struct json *j = json_new_object();

	json_set_text(j, "repository", place->repository);
	json_set(j, "items", evidence_items_json(place->evidence));
	return j;
}

struct json *
recording_make(const struct reference *ref, const struct fetched *f)
{
	struct json *j = json_new_object(), *places = json_new_array();
	for (size_t i = 0; i < f->nplaces; i++)
		if (f->places[i].evidence != NULL)
			json_add(places, place_json(&f->places[i]));
	json_set_integer(j, VERSION_KEY, VERSION);
	json_set_text(j, "image", ref->text);
	json_set(j, "target", evidence_target_json(&f->target));
	json_set(j, "places", places);
	return j;
}

static int
read_place(const struct json *j, const char *image_digest, struct place *place,
    struct err *e)
{
	return evidence_items_read(json_get(j, "items"), image_digest,
	    &place->evidence, e);
}

static const struct json *
find_place(const struct json *places, const char *repository)
{
	for (size_t i = 0; i < json_count(places); i++)
		if (str_equal_null(json_get_text(json_at(places, i),
				       "repository"),
			repository))
			return json_at(places, i);
	return NULL;
}

static int
check_version(const struct json *recording, struct err *e)
{
	int64_t version = 0;

	if (json_int(json_get(recording, VERSION_KEY), &version) &&
	    version == VERSION && json_get_text(recording, "image") != NULL)
		return 0;
	return err_set(e, ERR_MALFORMED,
	    "no recording of evidence, as pullgate verify --record makes them");
}

int
recording_read(const struct json *recording, const struct reference *ref,
    struct fetched *f, struct err *e)
{
	const struct json *places = json_get(recording, "places");

	if (check_version(recording, e) < 0)
		return -1;
	if (strcmp(json_get_text(recording, "image"), ref->text) != 0) {
		(void)err_set(&f->err, ERR_NOT_FOUND,
		    "the evidence was recorded of another image: %.200s",
		    json_get_text(recording, "image"));
		return 0;
	}
	if (evidence_target_read(json_get(recording, "target"), &f->target, e) <
	    0)
		return -1;
	for (size_t i = 0; i < f->nplaces; i++) {
		struct place *place = &f->places[i];
		const struct json *j = find_place(places, place->repository);

		if (j == NULL)
			(void)err_set(&place->err, ERR_NOT_FOUND,
			    "nothing was recorded of %s",
			    place->repository == NULL ? "the image's repository"
						      : place->repository);
		else if (read_place(j, f->target.digest, place, e) < 0)
			return -1;
	}
	return 0;
}

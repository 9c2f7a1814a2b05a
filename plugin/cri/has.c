/* An image that the runtime has, in the gate's words. */
#include "cri/has.h"

#include "cri/message.h"
#include "image/checkpoint.h"

static int
read_list(const ProtobufCBinaryData *items, size_t n, struct str_list *ret)
{
	for (size_t i = 0; i < n; i++) {
		char *text = NULL;

		if (message_text(items[i], &text) < 0)
			return -1;
		if (text != NULL)
			str_list_own(ret, text);
	}
	return 0;
}

/* Only CRI-O gives an image's annotations. */
static int
read_annotations(const Runtime__V1__ImageSpec *spec, bool *checkpoint)
{
	for (size_t i = 0; spec != NULL && i < spec->n_annotations; i++) {
		AUTO(str) char *key = NULL;

		if (message_text(spec->annotations[i]->key, &key) < 0)
			return -1;
		if (key != NULL && checkpoint_key(key))
			*checkpoint = true;
	}
	return 0;
}

int
has_read(const Runtime__V1__Image *image, struct present *ret)
{
	*ret = (struct present){ 0 };
	if (image == NULL || image->id.len == 0)
		return 0;
	if (message_text(image->id, &ret->id) == 0 &&
	    read_list(image->repo_tags, image->n_repo_tags, &ret->tags) == 0 &&
	    read_list(image->repo_digests, image->n_repo_digests,
		&ret->digests) == 0 &&
	    read_annotations(image->spec, &ret->checkpoint) == 0)
		return 0;
	present_clear(ret);
	return -1;
}
